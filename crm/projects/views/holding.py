"""Files chosen in a form that was then refused: they lie on the disk already, and the page carries a signed word for each.

Who sends the form again sends the words, not the files. A word is its maker's alone and good for less than the day after
which the nightly cleaning takes content that no record speaks of.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from crm.audit.actions import Subject
from crm.core.actor import Actor
from crm.core.errors import NotFound, RuleBroken
from crm.projects import actions, files
from crm.projects.files import Kept
from crm.projects.rules import files as rules
from crm.web import edges
from crm.web.forms import FilesField, Form

_GOOD_SECONDS = 20 * 3600
_GONE = "已选的文件放了太久，已经清理。请重新选择。"


@dataclass(frozen=True, slots=True)
class Held:
    """As the form draws it: ticked, so that it goes along when the form is sent again."""

    kept: Kept
    token: str

    @property
    def filename(self) -> str:
        return self.kept.filename

    @property
    def size_words(self) -> str:
        return rules.size_words(self.kept.size)


def take(actor: Actor, about: Subject, field: FilesField) -> list[Kept]:
    """What a field brings, from before and now. Ends the session's transaction, like `actions.receive`, so it comes first.

    Raises RuleBroken beside the field; the files that are in order stay with it, to be shown again.
    """
    refused: list[str] = []
    held = [kept for token in field.tokens if (kept := _opened(actor, token)) is not None]
    if len(held) < len(field.tokens):
        refused.append(_GONE)
    several = len(field.data or ()) > 1
    for upload in field.data or ():
        try:
            held.append(actions.receive(actor, about, upload))
        except RuleBroken as broken:
            refused.append(f"{upload.filename}：{broken.message}" if several else broken.message)
    field.held = [*field.held, *(Held(kept, _seal().dumps([actor.user_id, asdict(kept)])) for kept in held)]
    field.data, field.tokens = [], []
    if refused:
        raise RuleBroken("".join(refused), field.short_name)
    return [each.kept for each in field.held]


def keep(actor: Actor, about: Subject, form: Form) -> None:
    """Of a refused form, whatever was chosen in it; what is wrong with a file is told beside its field, too."""
    for field in form:
        if isinstance(field, FilesField):
            try:
                take(actor, about, field)
            except RuleBroken as broken:
                edges.put_error(form, broken)


def words_of(form: Form) -> list[tuple[str, str]]:
    """The hidden fields that carry what a form holds, for a page that asks about something else first."""
    fields: Sequence[FilesField] = [field for field in form if isinstance(field, FilesField)]
    return [(field.token_name, held.token) for field in fields for held in field.held]


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="file held for a form")


def _opened(actor: Actor, token: str) -> Kept | None:
    """None for a word that is another's, too old or made up, and where the content is gone."""
    try:
        user_id, values = _seal().loads(token, max_age=_GOOD_SECONDS)
        if user_id != actor.user_id:
            return None
        kept = Kept(**values)
        files.path_of(kept.sha256)
    except (BadData, NotFound):
        return None
    return kept
