"""Whether a file really is what its ending says, from its first byte to its last: one reader for each kind of content.

A beginning alone proves nothing: a page of HTML may stand behind a PDF's header, and a program may call itself .doc.
"""

import struct
import zipfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import BinaryIO

from crm.core.errors import RuleBroken

#: What an office file may unpack to, in bytes, and into how many members; beyond it is a bomb rather than a document.
MOST_UNPACKED = 600 * 1024 * 1024
MOST_MEMBERS = 20_000
#: Width × height of a picture. The largest phone cameras make 200 million points.
MOST_POINTS = 250_000_000

_PIECE = 1024 * 1024
#: Readers of PDF look for the end mark in the last kilobyte; some writers pad the file to a full block.
_PDF_TAIL = 4096

#: A member that a zip of this kind has and another zip has not.
ZIP_PROOF = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/", "ofd": "OFD.xml"}
#: Streams one of which a compound file of this kind has.
OLE_PROOF = {
    "doc": ("WordDocument",),
    "wps": ("WordDocument", "CONTENTS"),
    "xls": ("Workbook", "Book"),
    "et": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
}
_OLE_MACROS = ("_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros")


def _refuse(message: str) -> RuleBroken:
    return RuleBroken(message, field="file")


def _broken() -> RuleBroken:
    return _refuse("文件打不开，可能没有传完整。请用原文件再传。")


def _stranger() -> RuleBroken:
    return _refuse("文件内容与扩展名不符。请用原文件再传。")


def _macros() -> RuleBroken:
    return _refuse("文件里带有宏，不能上传。请另存为不带宏的格式。")


def check(ending: str, file: BinaryIO, size: int) -> None:
    """Raises RuleBroken in words unless the content is whole and of the kind the ending names."""
    _READERS[ending](ending, file, size)


def _at(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)


# --- PDF -------------------------------------------------------------------------------------------


def _pdf(ending: str, file: BinaryIO, size: int) -> None:
    if b"%%EOF" not in _at(file, max(0, size - _PDF_TAIL), _PDF_TAIL):
        raise _broken()
    _no_archive_behind(file, size)


def _no_archive_behind(file: BinaryIO, size: int) -> None:
    """A zip is read from its end, so one may hide behind another file; its end record then closes the file."""
    tail = _at(file, max(0, size - 65_557), 65_557)
    at = tail.rfind(b"PK\x05\x06")
    if 0 <= at <= len(tail) - 22 and at + 22 + struct.unpack_from("<H", tail, at + 20)[0] == len(tail):
        raise _refuse("文件后面藏着另一个压缩包，不能上传。请用原文件再传。")


# --- pictures --------------------------------------------------------------------------------------


def _points(width: int, height: int) -> None:
    if not width or not height:
        raise _broken()
    if width * height > MOST_POINTS:
        raise _refuse("图片的尺寸太大。请缩小后再传。")


def _png(ending: str, file: BinaryIO, size: int) -> None:
    """Chunk by chunk to IEND; whatever cameras append after it is never shown."""
    at, first = 8, True
    while True:
        head = _at(file, at, 8)
        if len(head) < 8:
            raise _broken()
        length, kind = struct.unpack(">I4s", head)
        if first:
            if kind != b"IHDR" or length != 13:
                raise _broken()
            _points(*struct.unpack(">II", _at(file, at + 8, 8)))
            first = False
        if kind == b"IEND":
            break
        at += 12 + length
    _no_archive_behind(file, size)


def _jpeg(ending: str, file: BinaryIO, size: int) -> None:
    """Segment by segment to the frame with the size, then an end mark somewhere behind it."""
    at = 2
    while True:
        head = _at(file, at, 4)
        if len(head) < 4 or head[0] != 0xFF:
            raise _broken()
        kind, length = head[1], struct.unpack(">H", head[2:])[0]
        if kind == 0xFF:
            at += 1
            continue
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", _at(file, at + 5, 4).ljust(4, b"\0"))
            _points(width, height)
            break
        at += 2 + length
    if not _holds(file, at, b"\xff\xd9"):
        raise _broken()
    _no_archive_behind(file, size)


def _webp(ending: str, file: BinaryIO, size: int) -> None:
    head = _at(file, 0, 16)
    if head[8:12] != b"WEBP" or head[12:16] not in (b"VP8 ", b"VP8L", b"VP8X"):
        raise _stranger()
    if struct.unpack_from("<I", head, 4)[0] + 8 > size:
        raise _broken()
    _no_archive_behind(file, size)


def _holds(file: BinaryIO, start: int, wanted: bytes) -> bool:
    file.seek(start)
    rest = b""
    while piece := file.read(_PIECE):
        if wanted in rest + piece:
            return True
        rest = piece[-len(wanted) + 1 :]
    return False


# --- office files ----------------------------------------------------------------------------------


def _zip(ending: str, file: BinaryIO, size: int) -> None:
    """Listed, held against the limits, and only then unpacked once to nowhere, which proves every checksum."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _bounded(members)
            if any(member.flag_bits & 1 for member in members):
                raise _refuse("文件加了密码，别人打不开。请去掉密码后再传。")
            names = [member.filename for member in members]
            if not any(name.startswith(ZIP_PROOF[ending]) for name in names):
                raise _stranger()
            if any(name.rpartition("/")[2] == "vbaProject.bin" for name in names):
                raise _macros()
            for member in members:
                _whole(archive, member)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, struct.error) as error:
        raise _broken() from error


def _bounded(members: Sequence[zipfile.ZipInfo]) -> None:
    """No more than a document may unpack to, and no content named twice: the tightest bombs overlap."""
    too_much = sum(m.file_size for m in members) > MOST_UNPACKED or len(members) > MOST_MEMBERS
    laid = sorted((m.header_offset, m.compress_size) for m in members)
    overlapping = any(at + taken > after for (at, taken), (after, _) in pairwise(laid))
    if too_much or overlapping:
        raise _refuse("文件展开后过大，不像一份文档。请另存一份再传。")


def _whole(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Reads a member through; it never yields more than its declared size, and a wrong checksum raises BadZipFile."""
    try:
        with archive.open(member) as content:
            while content.read(_PIECE):
                pass
    except Exception as error:
        raise _broken() from error


def _ole(ending: str, file: BinaryIO, size: int) -> None:
    """A compound file (also .msi is one) is known by the streams in its directory: 128 bytes an entry, the name first."""
    names = _streams(file, (*OLE_PROOF[ending], *_OLE_MACROS, "EncryptedPackage"))
    if "EncryptedPackage" in names:
        raise _refuse("文件加了密码，别人打不开。请去掉密码后再传。")
    if not names.intersection(OLE_PROOF[ending]):
        raise _stranger()
    if names.intersection(_OLE_MACROS):
        raise _macros()


def _streams(file: BinaryIO, wanted: Sequence[str]) -> set[str]:
    """Which of these names a directory entry carries."""
    keys = {name: name.encode("utf-16-le") + b"\0\0" for name in wanted}
    found: set[str] = set()
    file.seek(0)
    while piece := file.read(_PIECE):
        for name, key in keys.items():
            at = piece.find(key)
            while at >= 0 and name not in found:
                # Entries lie on multiples of 128; bytes 64 and 65 give the length of the name.
                if at % 128 == 0 and piece[at + 64 : at + 66] == struct.pack("<H", len(key)):
                    found.add(name)
                at = piece.find(key, at + 1)
    return found


_READERS: dict[str, Callable[[str, BinaryIO, int], None]] = {
    "pdf": _pdf,
    "png": _png,
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "webp": _webp,
    **dict.fromkeys(ZIP_PROOF, _zip),
    **dict.fromkeys(OLE_PROOF, _ole),
}
