"""Choosing the columns of the list of visits: one's own, kept per person as those of projects are."""

from typing import Any

from crm.accounts.permissions import PROJECT_SEE
from crm.projects.views.choosing import Chooser
from crm.visits.rules import columns
from crm.visits.views import bp
from crm.web import guard

CHOOSER = Chooser(
    page="visits.index",
    action="visits.choose",
    place="走访",
    first="企业",
    columns=columns.COLUMNS,
    groups=columns.GROUPS,
    chosen=columns.chosen,
)


@bp.route("/visits/columns", methods=["GET", "POST"])
@guard.requires(PROJECT_SEE)
def choose() -> Any:
    return CHOOSER.choose()
