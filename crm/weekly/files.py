"""The workbook as an answer: what pages and API send alike."""

import io

from flask import Response, send_file

from crm.accounts import permissions as p
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Forbidden
from crm.weekly import actions, queries, sheets

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def send(actor: Actor, label: str | None, zone: str | None) -> Response:
    """Builds the workbook within the actor's reach, opens its issue and records the download."""
    if not actor.can(p.EXPORT):
        raise Forbidden()
    now = clock.now()
    week = queries.week(label, now)
    report = queries.report(actor, week, now, zone)
    file = io.BytesIO()
    rows = sheets.write(report, file)
    actions.open_issue(week)
    audit.write_now(actor, "export.weekly", actions.subject(report), note=f"{rows}行")
    file.seek(0)
    return send_file(file, XLSX, as_attachment=True, download_name=sheets.filename(report), max_age=0)
