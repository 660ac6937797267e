"""Views that people keep of the list of projects, some shared with their colleagues."""

from datetime import date

from crm.accounts import queries as accounts
from crm.accounts.actions import saved

_LIST, _BOARD = "projects.index", "pipeline.board"

#: login, page, name, address, columns, shared
_VIEWS = (
    ("officer", _LIST, "我的在谈", "owner=me&group=talking&status=active&sort=-amount", (), False),
    (
        "officer",
        _LIST,
        "拟签约要补材料",
        "stage=intent&status=active&sort=-days",
        ("investor", "amount", "stage", "days", "light", "next", "owner"),
        True,
    ),
    (
        "chief",
        _LIST,
        "推迟过的大项目",
        "tier=t100&slip=1&sort=-amount",
        ("amount", "stage", "slip", "sign", "light", "leader", "owner"),
        True,
    ),
    ("chief", _BOARD, "亮红灯的", "light=bad", (), True),
    (
        "bureau",
        _LIST,
        "卡住的项目",
        "stuck=1&status=active&sort=-days",
        ("zone", "amount", "stage", "days", "light", "leader", "owner"),
        True,
    ),
)


def write(today: date) -> None:
    for login, page, name, query, columns, shared in _VIEWS:
        actor = accounts.actor_by_login(login, today)
        if actor is not None:
            saved.save_view(actor, page, name, query, columns, shared=shared)
