"""Import files on their way in: kept under the data directory until the batch is committed or given up."""

import gzip
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

from crm.core import tables
from crm.core.errors import RuleBroken
from crm.core.tables import Book

_CHUNK = 256 * 1024


class Stream(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Kept:
    path: Path
    filename: str
    size: int
    sha256: str


def clean_name(raw: str) -> str:
    """What the sender called the file, without folders, at most 200 characters."""
    name = PurePath(raw.replace("\\", "/")).name.strip() or "未命名"
    return name[-200:]


def keep(stream: Stream, raw_name: str, folder: Path, most_mb: int) -> Kept:
    """Streams an upload to disk, readable by the owner alone; refuses what is too large and leaves nothing behind then."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    # mkstemp makes files of mode 0600.
    with tempfile.NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as file:
        path = Path(file.name)
        try:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > most_mb * 1024 * 1024:
                    raise too_large(most_mb)
                digest.update(chunk)
                file.write(chunk)
        except RuleBroken:
            path.unlink(missing_ok=True)
            raise
    return Kept(path, clean_name(raw_name), size, digest.hexdigest())


def too_large(most_mb: int) -> RuleBroken:
    return RuleBroken(f"文件超过 {most_mb} MB 的上限，请拆成几个文件再上传。", field="file")


def settle(kept: Kept, batch_id: int) -> Path:
    """Gives the file its name for good."""
    path = kept.path.parent / f"batch-{batch_id}"
    kept.path.replace(path)
    return path


def path_of(folder: Path, batch_id: int) -> Path:
    return folder / f"batch-{batch_id}"


@contextmanager
def opened(path: Path, filename: str, most_mb: int) -> Iterator[Book]:
    """The book of a file; .csv.gz is unpacked beside it for as long as it is read. Raises RuleBroken in Chinese."""
    limit = most_mb * 1024 * 1024
    if not filename.lower().endswith(".gz"):
        yield tables.open_book(path, filename, limit_bytes=limit)
        return
    with tempfile.NamedTemporaryFile(prefix="crm-unpacked-") as file:
        size = 0
        try:
            with gzip.open(path) as packed:
                while chunk := packed.read(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise RuleBroken(
                            f"压缩包展开后超过 {most_mb} MB 的上限，请拆成几个文件。", field="file"
                        )
                    file.write(chunk)
        except (OSError, EOFError) as error:
            raise RuleBroken(
                "压缩包已损坏，打不开。请重新压缩，或直接用 .csv 文件。", field="file"
            ) from error
        file.flush()
        yield tables.open_book(file.name, filename[:-3], limit_bytes=limit)
