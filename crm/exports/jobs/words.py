"""What a list was narrowed to, in the words of its own page: for whoever exports it, whoever decides on it, and the audit."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.companies.rules import KIND_LABELS, PROGRESS_LABELS
from crm.exports import queries, rules
from crm.followups.queries import DUTIES_BY_LABELS
from crm.followups.rules import DUTY_LABELS
from crm.followups.views import asked as duties
from crm.followups.views import demands, ladder
from crm.projects.rules import CAPITAL_LABELS, SOURCE_LABELS, STAGE_LABELS, STATUS_LABELS
from crm.projects.views import asked as projects
from crm.projects.views import chained, narrowing
from crm.units.rules import LEVEL_LABELS
from crm.visits.queries.figures import BY_LABELS
from crm.visits.rules import MODE_LABELS, OCCASION_LABELS
from crm.visits.views.occasions import UNLED

Address = Mapping[str, str]
Labels = Mapping[Any, str]

_ME, _ALONE, _SET = {"me": "本人"}, "只看这一个", ""
#: Values by the filter's name; a filter whose values differ from list to list stands below.
_VALUES: Mapping[str, Labels] = {
    "mode": MODE_LABELS,
    "modes": MODE_LABELS,
    "level": {**LEVEL_LABELS, UNLED: "未注明领导"},
    "stage": STAGE_LABELS,
    "group": {code: label for code, (label, _) in projects.GROUPS.items()},
    "status": STATUS_LABELS,
    "capital": CAPITAL_LABELS,
    "source": SOURCE_LABELS,
    "light": projects.LIGHTS,
    "action": chained.ACTIONS,
    "reached": chained.REACHED,
    "progress": PROGRESS_LABELS,
    "owner": {"0": "没有责任人", **_ME},
    "officer": {"0": "没有记录人"},
    "maker": _ME,
    "zone": {"0": "市级"},
}
_OF_LIST: Mapping[tuple[str, str], Labels] = {
    ("companies", "kind"): KIND_LABELS,
    ("occasions", "kind"): OCCASION_LABELS,
    ("trips", "kind"): OCCASION_LABELS,
    ("figures", "by"): BY_LABELS,
    ("duty_figures", "by"): DUTIES_BY_LABELS,
    ("duty_figures", "kind"): DUTY_LABELS,
    ("followups", "kind"): DUTY_LABELS,
    ("followups", "part"): duties.PARTS,
    ("followups", "who"): {"mine": "本人的", "all": "范围内全部"},
    ("demands", "kind"): DUTY_LABELS,
    ("demands", "part"): demands.PARTS,
    ("escalations", "part"): ladder.PARTS,
    ("escalations", "who"): {"mine": "升级到本人的", "all": "范围内全部"},
}
#: What a list shows where its address says nothing.
_UNSAID: Mapping[str, Address] = {
    "followups": {"who": "mine", "part": "open"},
    "demands": {"part": "open"},
    "escalations": {"who": "mine", "part": "open"},
}
#: Filters that are there or not: their name says all.
_FLAGS = ("led", "lone", "each", "moved", "timely", "mine", "late", "stuck", "missing", "confidential")
#: Whom or what such a filter means is not for everybody who reads of the export.
_ONE = ("company", "project", "occasion")


def of(listing: str, asked: Address) -> str:
    return of_all([(listing, asked)])[0]


def of_all(exports: Sequence[tuple[str, Address]]) -> list[str]:
    """The words of each (list, address); as many statements for one as for a hundred."""
    whole = [(listing, {**_UNSAID.get(listing, {}), **rules.kept(asked)}) for listing, asked in exports]
    names = queries.names_asked([asked for _, asked in whole])
    return [
        rules.words({name: _value(listing, name, value, names) for name, value in asked.items()})
        for listing, asked in whole
    ]


def _value(listing: str, name: str, value: str, names: Mapping[tuple[str, str], str]) -> str:
    if name in _FLAGS:
        return _SET
    if name in _ONE:
        return _ALONE
    if name == "tier":
        return narrowing.tier_words().get(value, value)
    labels = _OF_LIST.get((listing, name)) or _VALUES.get(name, {})
    known = {str(getattr(key, "value", key)): label for key, label in labels.items()}
    parts = value.split(",") if name == "modes" else [value]
    return "、".join(known.get(part) or names.get((name, part), part) for part in parts)
