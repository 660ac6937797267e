"""A contact's number in the four forms it is kept in. The number itself is stored sealed and leaves only by a logged reveal."""

from dataclasses import dataclass

from crm.core import text
from crm.core.crypto import keyed_hash
from crm.core.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class Phone:
    """`number` is for the sealed column, `mask` for pages, the hashes for finding."""

    number: str | None = None
    mask: str = ""
    hash: str | None = None
    tail_hash: str | None = None


def read(written: object, field: str = "phone") -> Phone:
    """A number as typed or found in a sheet; blanks give an empty Phone. Raises RuleBroken for what is no number."""
    try:
        number = text.phone(written)
    except RuleBroken as broken:
        raise RuleBroken(broken.message, field) from broken
    if not number:
        return Phone()
    return Phone(number, text.mask_phone(number), keyed_hash(number), tail_hash(number))


def tail_hash(number: str) -> str:
    """Of the last four digits; marked, so that a four-digit number and a tail never meet."""
    digits = "".join(character for character in number if character.isdigit())
    return keyed_hash("tail:" + digits[-4:])


def is_whole(query: str) -> bool:
    """Whether a search asks for a whole number: such a one is never sent in an address, which every gateway writes down."""
    found = asked(query)
    return found is not None and found[0] == "phone"


def asked(query: str) -> tuple[str, str] | None:
    """What a search box may mean: ("tail", hash) for four digits, ("phone", hash) for a whole number, else None."""
    written = "".join(query.split())
    if len(written) == 4 and written.isascii() and written.isdigit():
        return "tail", tail_hash(written)
    try:
        number = text.phone(written)
    except RuleBroken:
        return None
    return ("phone", keyed_hash(number)) if number else None
