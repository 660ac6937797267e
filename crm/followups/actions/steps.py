"""Long work on many people's duties, in steps of bounded size."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from crm.followups import rules

#: Duties of one step: SQLite's only writer is held for about a tenth of a second by them.
STEP = 1000

Who = TypeVar("Who")
Found = TypeVar("Found")


def steps(
    counts: Iterable[tuple[Who, int]], read: Callable[[list[Who], int, Found | None], Sequence[Found]]
) -> Iterator[Sequence[Found]]:
    """What `read` finds for people or places who have so many duties each, at most STEP at once.

    `read` takes whose, how many, and the last one that it gave for them, behind which it goes on. It is called when a step is
    asked for, so it reads in the same transaction in which the caller writes that step.
    """
    for share in rules.shares(counts, STEP):
        last: Found | None = None
        while found := read(share, STEP, last):
            yield found
            if len(found) < STEP:
                break
            last = found[-1]
