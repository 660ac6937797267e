"""The installable app: its manifest, its service worker, and the pages that open without network.

A shell holds nothing of anybody: it is the same for all, so it may lie in the browser's cache as it is. What it shows it
reads from the sealed store of the device (crm/static/js/offline/).
"""

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, current_app, jsonify, render_template, url_for

from crm.core import phones
from crm.projects import actions as projects
from crm.projects.rules.files import ACCEPT
from crm.visits.forms import VisitForm
from crm.visits.views import bp
from crm.web import guard

#: The page that stands in for each address without network; every other address gets /offline.
STANDS_IN = {
    "/": "/offline/today",
    "/today": "/offline/today",
    "/visits": "/offline/visits",
    "/visits/new": "/offline/visit",
}
_SHELLS = ("/offline", "/offline/today", "/offline/visit", "/offline/visits")
#: What the module worker of Chromium 100 needs besides what the pages name.
_MODULES = "js/offline/*.js"


@bp.get("/offline")
@guard.public
def offline() -> Any:
    return render_template("offline/home.html")


@bp.get("/offline/today")
@guard.public
def offline_today() -> Any:
    return render_template("offline/today.html")


@bp.get("/offline/visit")
@guard.public
def offline_visit() -> Any:
    return _visit()


def _visit() -> str:
    form = VisitForm(formdata=None)
    form.offer([], [])
    form.offer_occasions([])
    return render_template("offline/visit.html", form=form, accept=ACCEPT, limits=projects.limits())


@bp.get("/offline/visits")
@guard.public
def offline_visits() -> Any:
    return _waiting()


def _waiting() -> str:
    return render_template("offline/visits.html", warning=phones.WARNING)


@bp.get("/manifest.webmanifest")
@guard.public
def manifest() -> Any:
    def icon(name: str, size: str, purpose: str) -> dict[str, str]:
        source = url_for("static", filename=f"img/{name}.png")
        return {"src": source, "sizes": size, "type": "image/png", "purpose": purpose}

    answer = jsonify(
        id="/",
        name="连云港招商",
        short_name="招商",
        lang="zh-CN",
        start_url="/",
        scope="/",
        display="standalone",
        background_color="#F6F7F5",
        theme_color="#0E5A7A",
        icons=[
            icon("app-192", "192x192", "any"),
            icon("app-512", "512x512", "any"),
            icon("app-mask-512", "512x512", "maskable"),
        ],
        shortcuts=[{"name": "记走访", "url": url_for("visits.new")}],
    )
    answer.content_type = "application/manifest+json"
    return answer


@bp.get("/service-worker.js")
@guard.public
def worker() -> Response:
    """At the root, because a worker reaches no higher than its own address."""
    static = Path(current_app.static_folder or "")
    pages = [
        render_template("offline/home.html"),
        render_template("offline/today.html"),
        _visit(),
        _waiting(),
    ]
    assets = _assets(static, "".join(pages))
    known = {"version": _version(static, assets, pages), "shells": list(_SHELLS), "standsIn": STANDS_IN}
    known["assets"] = [url_for("static", filename=name) for name in assets]
    source = (static / "js/offline/worker.js").read_text(encoding="utf-8")
    body = f"self.KNOWN = {json.dumps(known)};\n{source}"
    return Response(body, content_type="text/javascript; charset=utf-8")


def _assets(static: Path, pages: str) -> list[str]:
    """Every file of ours that the shells name, with the modules and pictures that those name in turn."""
    root = url_for("static", filename="")
    named = set(re.findall(rf'(?:src|href)="{re.escape(root)}([^"]+)"', pages))
    found = {path.relative_to(static).as_posix() for path in (*static.glob(_MODULES), *static.glob("img/*"))}
    return sorted(name for name in named | found if (static / name).is_file())


def _version(static: Path, assets: Sequence[str], pages: Sequence[str]) -> str:
    """Changes with any byte of what is kept, so that a new release replaces the whole cache at once."""
    whole = hashlib.sha256("".join(pages).encode())
    for name in assets:
        path = static / name
        whole.update(_digest(path, path.stat().st_mtime_ns))
    return whole.hexdigest()[:16]


@cache
def _digest(path: Path, _changed: int) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
