"""Keeping uploads: streamed to disk under their content hash, outside the web root, never wholly in memory."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from flask import current_app

from crm.core.errors import NotFound
from crm.projects import scanner
from crm.projects.rules import content
from crm.projects.rules import files as rules

_CHUNK = 256 * 1024


class Stream(Protocol):
    """Whatever bytes can be read from in pieces: an upload, an open file."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Kept:
    filename: str
    media_type: str
    size: int
    sha256: str


def root() -> Path:
    """Where uploads lie: `uploads/` of the data directory."""
    place: Path = current_app.config["CRM"].data_dir / "uploads"
    return place


def path_of(sha256: str) -> Path:
    """The file behind a hash; NotFound when the disk has lost it."""
    path = root() / sha256[:2] / sha256
    if not path.is_file():
        raise NotFound()
    return path


def keep(stream: Stream, raw_name: str, most_mb: int, photo_mb: int | None = None) -> Kept:
    """Checks name, size, content and viruses before the file settles; a refused one leaves nothing behind.

    `photo_mb` is for what its content shows to be a picture, `most_mb` without it.
    Raises RuleBroken in words, `scanner.Infected` for a file with a virus. Takes seconds for a large file.
    """
    name = rules.clean_name(raw_name)
    ending = rules.ending_of(name)
    folder = root()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as file:
        temporary = Path(file.name)
        try:
            limits = rules.limits(most_mb, photo_mb or most_mb)
            head, size, digest = _copy(stream, file, limits)
            kind = rules.media_type(name, head)
            file.flush()
            os.fsync(file.fileno())
            with temporary.open("rb") as written:
                content.check(ending, written, size)
            scanner.scan(current_app.config["CRM"].scan_command, temporary)
            _settle(temporary, folder / digest[:2] / digest)
        finally:
            temporary.unlink(missing_ok=True)
    return Kept(name, kind, size, digest)


def _copy(stream: Stream, file: IO[bytes], limits: rules.Limits) -> tuple[bytes, int, str]:
    digest, size, head = hashlib.sha256(), 0, b""
    while chunk := stream.read(_CHUNK):
        head = head or chunk[: rules.HEAD]
        size += len(chunk)
        limits.check(head, size)
        digest.update(chunk)
        file.write(chunk)
    return head, size, digest.hexdigest()


def _settle(temporary: Path, target: Path) -> None:
    """The same content is kept once: a file already there is the same file, and young again for the cleaning."""
    target.parent.mkdir(exist_ok=True, mode=0o700)
    if target.exists():
        os.utime(target)
    else:
        os.replace(temporary, target)
