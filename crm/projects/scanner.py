"""The hook for a virus scanner: a command of the operator's choice reads each upload before it settles."""

import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path

from crm.core.errors import RuleBroken

log = logging.getLogger(__name__)

#: After this many seconds the scanner counts as failing; the web server gives a request up only later.
MOST_SECONDS = 60
_WORDS = 400


class Infected(RuleBroken):
    """The scanner found something; `found` is what it said, for the audit."""

    def __init__(self, found: str) -> None:
        super().__init__("病毒检查没有通过，文件没有保存。请用干净的原文件再传。", field="file")
        self.found = found


def scan(command: Sequence[str], path: Path) -> None:
    """Runs `command path` (or with the path in place of an argument `{}`): 0 is clean, 1 infected, all else a failure.

    These are the exit codes of clamdscan and clamscan. Without a command nothing is run. A scanner that fails or takes
    too long refuses the file too: what was not looked at is not kept.
    """
    if not command:
        return
    words = [str(path) if word == "{}" else word for word in command]
    if "{}" not in command:
        words.append(str(path))
    try:
        done = subprocess.run(  # noqa: S603  (the operator's own command, without a shell)
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=MOST_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("virus scanner could not be run: %s", error)
        raise _unchecked() from error
    said = (done.stdout + done.stderr).decode("utf-8", "replace").replace(str(path), path.name).strip()
    if done.returncode == 1:
        raise Infected(said[:_WORDS])
    if done.returncode:
        log.error("virus scanner failed with %d: %s", done.returncode, said[:_WORDS])
        raise _unchecked()


def _unchecked() -> RuleBroken:
    return RuleBroken(
        "暂不能检查文件是否带病毒，没有保存。请过一会儿再传，仍不行请联系系统管理员。", field="file"
    )
