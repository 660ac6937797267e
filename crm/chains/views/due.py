"""What the assessor has before him."""

from typing import Any

from flask import render_template, request, url_for

from crm.accounts import permissions
from crm.chains import queries
from crm.chains.views import bp
from crm.core import clock
from crm.web import guard


@bp.get("/chains/due", endpoint="due")
@guard.requires(permissions.PLAN_EDIT)
def index() -> Any:
    """Links whose assessment ran out, and those nobody has assessed."""
    names = {row.code: row.name for row in queries.chains()}
    chain = asked()
    chips = [{"label": "产业链", "value": names.get(chain, chain), "url": url_for("chains.due")}]
    return render_template(
        "chains/due.html",
        rows=queries.due(clock.today(), chain),
        chains=list(names.items()),
        chain=chain,
        chips=chips if chain else [],
    )


def asked() -> str:
    return request.args.get("chain", "").strip()
