"""Small files that are what they say, and some that are not."""

import io
import struct
import zipfile
import zlib

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def pdf(words: str = "") -> bytes:
    """Another PDF for other words."""
    return PDF.replace(b"1 0 obj\n", f"% {words}\n1 0 obj\n".encode(), 1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 1, height: int = 1) -> bytes:
    """One grey point, whatever size the head claims."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\0\x80"))
        + _chunk(b"IEND", b"")
    )


PNG = png()


def jpeg(width: int = 1, height: int = 1) -> bytes:
    """Segments as a camera writes them; the scan is empty."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        + b"\xff\xc0"
        + struct.pack(">H", 2 + len(frame))
        + frame
        + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"
    )


JPEG = jpeg()
WEBP = b"RIFF" + struct.pack("<I", 18) + b"WEBPVP8 " + struct.pack("<I", 6) + b"\0" * 6


def archive(*members: str, content: bytes = b"<x/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for member in members:
            book.writestr(member, content)
    return out.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")


def ole(*streams: str) -> bytes:
    """A compound file with these names in its directory, each entry of 128 bytes where a directory entry lies."""
    out = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    for name in ("Root Entry", *streams):
        written = name.encode("utf-16-le") + b"\0\0"
        out += written.ljust(64, b"\0") + struct.pack("<H", len(written)) + b"\0" * 62
    return out.ljust(-(-len(out) // 512) * 512, b"\0")
