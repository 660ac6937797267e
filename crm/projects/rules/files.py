"""Which files may be kept: by the ending of the name and by what the first bytes say, never by one alone."""

from crm.core.errors import RuleBroken

HEAD = 16

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
ACCEPT = ",".join(f".{ending}" for ending in ALLOWED)

#: A member that a zip of this kind has and another zip has not.
PROOF: dict[str, str] = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/", "ofd": "OFD.xml"}


def clean_name(raw: str) -> str:
    """The last part of whatever path a browser sent, without control marks, at most 200 characters, ending kept."""
    name = "".join(c for c in raw.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    if not name or name in (".", ".."):
        raise RuleBroken("文件没有名字。请改名后再上传。", field="file")
    if len(name) > 200:
        stem, _, ending = name.rpartition(".")
        name = f"{stem[: 199 - len(ending)]}.{ending}" if stem else name[:200]
    return name


def media_type(name: str, head: bytes) -> str:
    """The type a file is kept and served as; refused in words when its name or its content is not of the list."""
    ending = name.rpartition(".")[2].lower()
    if ending not in ALLOWED:
        raise RuleBroken(
            "这种文件不能上传。可传 PDF、图片（jpg、png）、Word、Excel、PPT、WPS、OFD。", field="file"
        )
    if not head:
        raise RuleBroken("这个文件是空的。请重新选择。", field="file")
    kind, magic = ALLOWED[ending]
    if not head.startswith(magic) or (ending == "webp" and head[8:12] != b"WEBP"):
        raise RuleBroken(f"文件内容不是 .{ending}，可能改过扩展名或已损坏。请用原文件再传。", field="file")
    return kind
