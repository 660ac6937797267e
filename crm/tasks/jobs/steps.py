"""Jobs that work in steps, so that nobody waits for the whole of them."""

import time
from collections.abc import Iterator

from crm.core.db import db


def in_steps(steps: Iterator[int]) -> int:
    """Ends the transaction after every step and adds up what the steps did; what breaks off loses the step it is in alone.

    On SQLite it then rests as long as the step took: who waits for the only writer looks again after pauses of his own, and
    would miss a gap that is gone at once.
    """
    rests = db.engine.dialect.name == "sqlite"
    done, began = 0, time.monotonic()
    for count in steps:
        db.session.commit()
        done += count
        if rests:
            time.sleep(time.monotonic() - began)
        began = time.monotonic()
    return done
