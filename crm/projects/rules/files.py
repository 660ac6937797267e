"""Which files may be kept: by the ending of the name and by what the first bytes say, never by one alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crm.core.errors import RuleBroken

HEAD = 16
MB = 1024 * 1024
REASON_MOST = 200

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_OFFICE = "application/vnd.openxmlformats-officedocument."

#: ending → (media type, beginning of the content)
ALLOWED: dict[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", b"%PDF-"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "webp": ("image/webp", b"RIFF"),
    "docx": (_OFFICE + "wordprocessingml.document", _ZIP),
    "xlsx": (_OFFICE + "spreadsheetml.sheet", _ZIP),
    "pptx": (_OFFICE + "presentationml.presentation", _ZIP),
    "ofd": ("application/ofd", _ZIP),
    "doc": ("application/msword", _OLE),
    "xls": ("application/vnd.ms-excel", _OLE),
    "ppt": ("application/vnd.ms-powerpoint", _OLE),
    "wps": ("application/vnd.ms-works", _OLE),
    "et": ("application/vnd.ms-excel", _OLE),
}
#: For a file input: the endings, and the kinds of picture that make a phone offer its camera.
ACCEPT = ",".join((*(f".{ending}" for ending in ALLOWED), "image/jpeg", "image/png", "image/webp"))
#: For the camera itself.
CAMERA = "image/jpeg"
WORDS = "PDF、图片（jpg、png、webp）、Word、Excel、PPT、WPS、OFD"


class Shown(StrEnum):
    """How a browser can show a file in place; nothing else that was uploaded is ever drawn as a page of ours."""

    IMAGE = "image"
    PDF = "pdf"
    NOT = "not"


def shown(media_type: str) -> Shown:
    if media_type in ("image/jpeg", "image/png", "image/webp"):
        return Shown.IMAGE
    return Shown.PDF if media_type == "application/pdf" else Shown.NOT


#: How a picture begins, whatever its name says.
_PICTURES = tuple({magic for kind, magic in ALLOWED.values() if shown(kind) is Shown.IMAGE})


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be, and a picture, in MB."""

    file: int
    photo: int

    @property
    def words(self) -> str:
        return f"每个最大 {self.file} MB，照片最大 {self.photo} MB"

    def check(self, head: bytes, size: int) -> None:
        """Refuses what is too large in words; `head` are the first bytes, which tell a picture from a paper."""
        photo = head.startswith(_PICTURES)
        most = self.photo if photo else self.file
        if size > most * MB:
            what, how = ("照片", "压缩") if photo else ("文件", "压缩或拆分")
            raise RuleBroken(f"{what}超过 {most} MB。请{how}后再传。", field="file")


def limits(file_mb: int, photo_mb: int) -> Limits:
    """A picture is never larger than any file may be."""
    return Limits(file_mb, min(photo_mb, file_mb))


def clean_name(raw: str) -> str:
    """The last part of whatever path a browser sent, without control marks, at most 200 characters, ending kept."""
    name = "".join(c for c in raw.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    if not name or name in (".", ".."):
        raise RuleBroken("文件没有名字。请改名后再上传。", field="file")
    if len(name) > 200:
        stem, _, ending = name.rpartition(".")
        name = f"{stem[: 199 - len(ending)]}.{ending}" if stem else name[:200]
    return name


def drawn(media_type: str) -> bool:
    return shown(media_type) is not Shown.NOT


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file stands among those of its record: its number from 1, and the ids beside it."""

    number: int
    total: int
    before: int | None
    after: int | None


def place(ids: Sequence[int], here: int) -> Place:
    """`ids` in the order of the list; ValueError when `here` is not of them."""
    at = ids.index(here)
    return Place(at + 1, len(ids), ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None)


def ending_of(name: str) -> str:
    """The ending in lower case, one of ALLOWED; refused in words otherwise."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem:
        raise RuleBroken("文件名没有扩展名，看不出是什么文件。请改成如 协议.pdf 的名字再传。", field="file")
    if ending.lower() not in ALLOWED:
        raise RuleBroken(f"这种文件不能上传。可传 {WORDS}。", field="file")
    return ending.lower()


def media_type(name: str, head: bytes) -> str:
    """The type a file is kept and served as; refused in words when its name or its beginning is not of the list."""
    ending = ending_of(name)
    if not head:
        raise RuleBroken("这个文件是空的。请重新选择。", field="file")
    kind, magic = ALLOWED[ending]
    if magic == _ZIP and head.startswith(_OLE):
        raise RuleBroken(f"这个 .{ending} 文件加了密码或是旧格式。请去掉密码，另存后再传。", field="file")
    if not head.startswith(magic) or (ending == "webp" and head[8:12] != b"WEBP"):
        raise RuleBroken(f"文件内容不是 .{ending}，可能改过扩展名或已损坏。请用原文件再传。", field="file")
    return kind


def removal_reason(raw: str) -> str:
    """Why a file is taken away, for the record; at most REASON_MOST characters."""
    reason = raw.strip()
    if not reason:
        raise RuleBroken("没有写删除的原因。请写一句，如 传错了文件。", field="reason")
    if len(reason) > REASON_MOST:
        raise RuleBroken(
            f"删除的原因最多 {REASON_MOST} 个字，现有 {len(reason)} 个。请缩短。", field="reason"
        )
    return reason


def size_words(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / MB:.1f} MB" if size >= MB else f"{max(1, round(size / 1024))} KB"


def uploaded_words(count: int) -> str:
    return "文件已上传。" if count == 1 else f"{count} 个文件已上传。"
