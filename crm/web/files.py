"""Answering with a kept file: never sniffed, never run, drawn in place only where the caller knows the kind."""

from pathlib import Path

from flask import Response, send_file

#: A viewer of PDF is a plug-in of the browser inside a frame of ours; the document itself may load and run nothing.
_VIEWER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
#: A picture opened by its own address is drawn alone.
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def answer(path: Path, name: str, media_type: str, *, inline: bool = False) -> Response:
    """The file under its own name (RFC 6266, so Chinese names arrive whole); a download unless `inline`."""
    response = send_file(path, mimetype=media_type, as_attachment=not inline, download_name=name, max_age=0)
    response.headers["X-Content-Type-Options"] = "nosniff"
    if inline and media_type == "application/pdf":
        response.headers["Content-Security-Policy"] = _VIEWER
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    elif inline:
        response.headers["Content-Security-Policy"] = _PICTURE
    else:
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
