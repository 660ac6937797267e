"""灯的口径: how the lights are judged, with the thresholds in force."""

from typing import Any

from flask import render_template

from crm.accounts.permissions import PROJECT_SEE
from crm.pipeline.rules.lights import TIMERS
from crm.pipeline.views import bp
from crm.settings import queries as settings
from crm.web import guard


@bp.get("/lights")
@guard.requires(PROJECT_SEE)
def lights() -> Any:
    lines = {line.setting.key: line for line in settings.lines()}
    rows = [
        (name, whom, since, lines[f"light_{timer}_yellow"], lines[f"light_{timer}_red"])
        for timer, (name, whom, since) in TIMERS.items()
    ]
    return render_template("pipeline/lights.html", rows=rows)
