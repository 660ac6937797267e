"""Choosing the columns of the list of projects: one's own, kept per person."""

from typing import Any

from crm.accounts.permissions import PROJECT_SEE
from crm.projects.rules import columns
from crm.projects.views import bp
from crm.projects.views.choosing import Chooser
from crm.web import guard

CHOOSER = Chooser(
    page="projects.index",
    action="projects.choose",
    place="项目",
    first="项目名称",
    columns=columns.COLUMNS,
    groups=columns.GROUPS,
    chosen=columns.chosen,
)


@bp.route("/projects/columns", methods=["GET", "POST"])
@guard.requires(PROJECT_SEE)
def choose() -> Any:
    return CHOOSER.choose()
