"""How acts on filings are recorded and who is told. No word of one zone's filing ever reaches another."""

from crm.audit.actions import Subject
from crm.filings.models import Filing
from crm.notices import actions as notices
from crm.projects.models import Project


def subject(project: Project, filing: Filing) -> Subject:
    """Named by the project's code: a confidential investor stays out of the audit."""
    return Subject(
        "filing", filing.id, f"{project.code} 报备", filing.zone_id, filing.project_id, filing.company_id
    )


def tell(project: Project, filing: Filing, text: str, url: str = "") -> None:
    """Those of the zone who filed it and who answer for the project; `url` is the filing's own page unless told otherwise."""
    people = [
        user_id for user_id in (filing.owner_id or filing.filed_by, project.owner_id) if user_id is not None
    ]
    notices.send_many(people, "filing", f"{project.code} {text}", url or f"/filings/{filing.id}")
