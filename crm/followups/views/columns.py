"""Choosing the columns of the list of duties: one's own, kept per person as those of projects are."""

from typing import Any

from crm.accounts.permissions import PROJECT_SEE
from crm.followups.rules import columns
from crm.followups.views import bp
from crm.projects.views.choosing import Chooser
from crm.web import guard

CHOOSER = Chooser(
    page="followups.index",
    action="followups.choose",
    place="跟进",
    first="事项",
    columns=columns.COLUMNS,
    groups=columns.GROUPS,
    chosen=columns.chosen,
)


@bp.route("/followups/columns", methods=["GET", "POST"])
@guard.requires(PROJECT_SEE)
def choose() -> Any:
    return CHOOSER.choose()
