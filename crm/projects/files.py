"""Keeping uploads: streamed to disk under their content hash, outside the web root, never wholly in memory."""

import hashlib
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from flask import current_app

from crm.core.errors import NotFound, RuleBroken
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


def keep(stream: Stream, raw_name: str, most_mb: int) -> Kept:
    """Checks name, size and content while writing; raises RuleBroken and leaves nothing behind when refused."""
    name = rules.clean_name(raw_name)
    folder = root()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as file:
        temporary = Path(file.name)
        try:
            head, size, digest = _copy(stream, file, most_mb)
            kind = rules.media_type(name, head)
            file.flush()
            os.fsync(file.fileno())
            _prove(temporary, name)
            _settle(temporary, folder / digest[:2] / digest)
        finally:
            temporary.unlink(missing_ok=True)
    return Kept(name, kind, size, digest)


def _copy(stream: Stream, file: IO[bytes], most_mb: int) -> tuple[bytes, int, str]:
    digest, size, head = hashlib.sha256(), 0, b""
    while chunk := stream.read(_CHUNK):
        head = head or chunk[: rules.HEAD]
        size += len(chunk)
        if size > most_mb * 1024 * 1024:
            raise RuleBroken(f"文件超过 {most_mb} MB。请压缩或拆分后再传。", field="file")
        digest.update(chunk)
        file.write(chunk)
    return head, size, digest.hexdigest()


def _prove(path: Path, name: str) -> None:
    """An office file is a zip with its own kind of members; any other zip under that name is refused."""
    wanted = rules.PROOF.get(name.rpartition(".")[2].lower())
    if wanted is None:
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise RuleBroken("文件打不开，可能没有传完整。请用原文件再传。", field="file") from error
    if not any(member.startswith(wanted) for member in members):
        raise RuleBroken("文件内容与扩展名不符。请用原文件再传。", field="file")
    if any(member.endswith("vbaProject.bin") for member in members):
        raise RuleBroken("文件里带有宏，不能上传。请另存为不带宏的格式。", field="file")


def _settle(temporary: Path, target: Path) -> None:
    """The same content is kept once: a file already there is the same file."""
    target.parent.mkdir(exist_ok=True)
    if not target.exists():
        os.replace(temporary, target)
