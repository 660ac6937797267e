"""Which files are not read, and why: each refusal says it in Chinese before a single cell is parsed."""

import re
import zipfile
import zlib
from typing import BinaryIO

from crm.core.errors import RuleBroken

LIMIT_BYTES = 50 * 1024 * 1024
_LIMIT_UNPACKED = 300 * 1024 * 1024
_LIMIT_RATIO = 20
# Small files of repeated rows pack far better than 20 : 1 and harm nobody.
_RATIO_FROM = 50 * 1024 * 1024
_LIMIT_MEMBERS = 2000
# The reader lays a sheet out as a full grid, so one stray cell in a far corner costs as much as a full sheet.
_LIMIT_GRID = 10_000_000
_CHUNK = 1 << 20

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et", ".csv", ".txt")
_TEXT = (".csv", ".txt")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_MAIN_PART = {
    "xl/workbook.xml": (".xlsx", ".xlsm", ".et"),
    "xl/workbook.bin": (".xlsb",),
    "content.xml": (".ods",),
}
_OTHER_KINDS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\x7fELF",
)


def check(file: BinaryIO, filename: str, limit_bytes: int = LIMIT_BYTES) -> str:
    """Returns the lower-case suffix of a file that may be read; raises RuleBroken for any other."""
    suffix = _suffix(filename)
    size = file.seek(0, 2)
    if size == 0:
        raise RuleBroken("文件是空的，请检查后重新选择文件。")
    if size > limit_bytes:
        shown = f"{size / 1024 / 1024:.0f}"
        limit = f"{limit_bytes / 1024 / 1024:.0f}"
        raise RuleBroken(f"文件有 {shown} MB，超过 {limit} MB 的上限，请拆成几个文件再上传。")
    file.seek(0)
    head = file.read(4096)
    if suffix in _TEXT:
        _check_text(head)
    elif head.startswith(_ZIP):
        _check_zip(file, suffix, size)
    elif head.startswith(_OLE):
        _check_ole(file, suffix)
    else:
        raise _wrong_kind(suffix, head)
    file.seek(0)
    return suffix


def _suffix(filename: str) -> str:
    found = re.search(r"\.[A-Za-z]+$", filename.strip())
    suffix = found.group().lower() if found else ""
    if suffix not in SUFFIXES:
        raise RuleBroken("只能读 .xlsx、.xls、.et、.xlsb、.ods 和 .csv 文件，请另存为 .xlsx 后再上传。")
    return suffix


def _wrong_kind(suffix: str, head: bytes) -> RuleBroken:
    if (
        b"<html" in head.lower()
        or b"<table" in head.lower()
        or head.lstrip().startswith((b"<?xml", b"MIME-"))
    ):
        return RuleBroken(f"这个 {suffix} 文件实际是网页，请用 WPS 打开，另存为 .xlsx 后再上传。")
    return RuleBroken(f"文件内容不是 {suffix} 表格，可能改过扩展名，请用 WPS 另存为 .xlsx 后再上传。")


def _check_text(head: bytes) -> None:
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if head.startswith((_ZIP, _OLE, *_OTHER_KINDS)) or (b"\0" in head and not utf16):
        raise RuleBroken("文件内容不是文本表格，可能改过扩展名，请改回原来的扩展名后再上传。")


def _check_ole(file: BinaryIO, suffix: str) -> None:
    file.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in file.read():
        raise encrypted()
    if suffix not in (".xls", ".et"):
        raise RuleBroken(f"这个 {suffix} 文件实际是旧版 .xls，请把扩展名改为 .xls，或另存为 .xlsx 后再上传。")


def encrypted() -> RuleBroken:
    return RuleBroken("文件设了打开密码，请在 WPS 或 Excel 里去掉密码，另存后再上传。")


def damaged() -> RuleBroken:
    return RuleBroken("文件已损坏，打不开。请用 WPS 或 Excel 打开后另存为 .xlsx，再上传。")


def _too_large() -> RuleBroken:
    return RuleBroken("文件展开后过大，不能读取。请只留要导入的工作表，另存为新的 .xlsx 后再上传。")


def _check_zip(file: BinaryIO, suffix: str, size: int) -> None:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > _LIMIT_MEMBERS:
                raise _too_large()
            _check_unpacked(sum(member.file_size for member in members), size)
            _check_parts(archive, members, suffix)
            for member in members:
                _walk(archive, member)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError):
        raise damaged() from None


def _check_unpacked(unpacked: int, packed: int) -> None:
    if unpacked > _LIMIT_UNPACKED or (unpacked > _RATIO_FROM and unpacked > _LIMIT_RATIO * packed):
        raise _too_large()


def _check_parts(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], suffix: str) -> None:
    if any(member.flag_bits & 1 for member in members):
        raise encrypted()
    names = {member.filename for member in members}
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise encrypted()
    suffixes = next((suffixes for part, suffixes in _MAIN_PART.items() if part in names), ())
    if suffix in suffixes:
        return
    if suffixes:
        raise RuleBroken(f"这个 {suffix} 文件实际是 {suffixes[0]}，请把扩展名改为 {suffixes[0]} 后再上传。")
    raise RuleBroken(f"文件内容不是 {suffix} 表格，可能是文档或压缩包，请选择表格文件再上传。")


_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=\"(\d{1,7})\"")
_FAR_CELL = re.compile(rb"\br=\"([A-Z]{2,3})(\d{1,7})\"[^>]*(?<!/)>")
_DEEP_CELL = re.compile(rb"\br=\"[A-Z]{1,3}(\d{6,7})\"[^>]*(?<!/)>")


def _walk(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack once in pieces: a member larger than it claims fails its checksum, cells show the grid."""
    is_sheet = re.fullmatch(r"xl/worksheets/[^/]+\.xml", member.filename) is not None
    rows, columns, carried = 0, 26, b""
    with archive.open(member) as part:
        while piece := part.read(_CHUNK):
            if not is_sheet:
                continue
            window = carried + piece
            rows, columns = _extent(window, rows, columns)
            if (columns > 26 and rows * columns > _LIMIT_GRID) or rows * 26 > 2 * _LIMIT_GRID:
                raise RuleBroken(
                    f"工作表的范围过大（{rows} 行、{columns} 列），多半是很远处有零星单元格。"
                    "请删去数据以外的行和列，另存后再上传。"
                )
            carried = piece[-200:]


def _extent(window: bytes, rows: int, columns: int) -> tuple[int, int]:
    for found in _ROW.finditer(window):
        rows = max(rows, int(found[1]))
    for found in _DEEP_CELL.finditer(window):
        rows = max(rows, int(found[1]))
    for found in _FAR_CELL.finditer(window):
        columns = max(columns, _column_number(found[1]))
        rows = max(rows, int(found[2]))
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
