"""What the truth checks find: each check once or twice, one question that waits for a zone and two that were answered."""

import io
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select, update

from crm.accounts import queries as accounts
from crm.core.db import db
from crm.demo import bulk
from crm.demo.deals import Deal
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.pipeline.actions import truth as actions
from crm.pipeline.models import Milestone, MilestoneFile, MonthlyInvestment, StageChange
from crm.pipeline.queries import truth as queries
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.rules.truth import period_ends
from crm.projects import files
from crm.projects.actions.naming import name_columns
from crm.projects.models import Attachment, Project, ProjectChange
from crm.projects.rules import AttachmentKind, Stage, Status
from crm.visits.models import Visit

Pairs = Sequence[tuple[int, Deal]]
_TOLD = 160


def write(cast: Cast, pairs: Pairs, today: date) -> None:
    live = [(p, d) for p, d in pairs if d.status is Status.ACTIVE and not d.confidential][:_TOLD]
    signed = [(p, d) for p, d in live if d.marks and d.outcome in ("recognised", "pending")]
    plain = [(p, d) for p, d in signed if not d.headline]
    _papers(plain, today)
    _sites(live)
    _raised(signed, today)
    _jumped(live, today)
    _silent(live, today)
    _capital(plain)
    _money(signed, today)
    _twins(live)
    db.session.flush()
    db.session.expire_all()
    _talk(cast, today)


def _two_zones(pairs: Pairs, least: int = 0) -> tuple[tuple[int, Deal], tuple[int, Deal]] | None:
    """The first two of different zones."""
    for one in pairs[least:]:
        for other in pairs:
            if other[1].zone_id != one[1].zone_id:
                return one, other
    return None


def _papers(plain: Pairs, today: date) -> None:
    """The same scan stands as the agreement of two projects."""
    found = _two_zones(plain)
    if found is None:
        return
    body = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Note (one scan, two projects) >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    kept = files.keep(io.BytesIO(body), "投资协议扫描件.pdf", 1)
    for project_id, deal in found:
        stone = db.session.scalar(
            select(Milestone.id).where(
                Milestone.project_id == project_id,
                Milestone.kind == MilestoneKind.SIGNED,
                Milestone.phase_id.is_(None),
            )
        )
        row = {
            "project_id": project_id, "kind": AttachmentKind.AGREEMENT, "filename": kept.filename,
            "media_type": kept.media_type, "size": kept.size, "sha256": kept.sha256, "uploaded_by": deal.owner,
            "uploaded_at": moment(deal.marks[0][1], 90),
        }  # fmt: skip
        made = bulk.add_with_ids(Attachment, [row])[0]
        bulk.add(MilestoneFile, [{"milestone_id": stone, "attachment_id": made}])


def _set(project_id: int, **values: object) -> None:
    db.session.execute(
        update(Project).where(Project.id == project_id).values(**values, version=Project.version)
    )


def _sites(live: Pairs) -> None:
    found = _two_zones([(p, d) for p, d in live if not d.marks and not d.headline])
    for project_id, _ in found or ():
        _set(project_id, address="临港大道与经五路交叉口东南地块")


def _change(project_id: int, field: str, before: str, after: str, by: int, day: date) -> dict[str, object]:
    return {
        "project_id": project_id, "field": field, "before": before, "after": after, "changed_by": by,
        "changed_at": moment(day, 30), "batch_id": None,
    }  # fmt: skip


def _raised(signed: Pairs, today: date) -> None:
    """A total raised by a quarter in the week before the submission."""
    waiting = [(p, d) for p, d in signed if d.outcome == "pending" and d.total is not None]
    for project_id, deal in waiting[:2]:
        before = (deal.total or Decimal(0)) * Decimal("0.8")
        day = deal.marks[-1][1] - timedelta(days=6)
        shown = f"{before.quantize(Decimal(1))}", f"{deal.total}"
        bulk.add(ProjectChange, [_change(project_id, "total_investment", *shown, deal.owner, day)])


def _jumped(live: Pairs, today: date) -> None:
    """A tier reached in the last days of the quarter that has ended."""
    ends = [last for _, last, _ in period_ends(today, 10) if last < today]
    for project_id, deal in [(p, d) for p, d in live if d.headline and (d.total or 0) >= 500_000][3:4]:
        bulk.add(
            ProjectChange,
            [_change(project_id, "tier", "t10", "t50", deal.owner, ends[0] - timedelta(days=2))],
        )


def _silent(live: Pairs, today: date) -> None:
    """Two that jumped over stages on the day before anybody is known to have been met."""
    talking = [
        (p, d) for p, d in live if d.stage in (Stage.IN_DEPTH, Stage.REVIEW, Stage.INTENT) and not d.headline
    ]
    rows = []
    for project_id, deal in talking:
        first = db.session.scalar(select(func.min(Visit.happened_on)).where(Visit.company_id == deal.firm.id))
        if first is None or not timedelta(days=2) < today - first < timedelta(days=380):
            continue
        rows.append({
            "project_id": project_id, "before": Stage.FILED, "after": deal.stage, "cause": "moved", "note": "",
            "changed_by": deal.owner, "at": moment(first - timedelta(days=1)),
        })  # fmt: skip
        if len(rows) == 2:
            break
    bulk.add(StageChange, rows)


def _capital(plain: Pairs) -> None:
    """Registered capital of the signed: a fifth to a third of the total, of two next to nothing."""
    known = [(p, d) for p, d in plain if d.total is not None][:14]
    for number, (project_id, deal) in enumerate(known):
        share = "0.02" if number in (3, 8) else ("0.2", "0.33", "0.25")[number % 3]
        _set(
            project_id, registered_capital=((deal.total or Decimal(0)) * Decimal(share)).quantize(Decimal(1))
        )


def _money(signed: Pairs, today: date) -> None:
    """One that signed more than a year ago and whose money hardly came."""
    for project_id, deal in signed:
        if deal.total is None or (today - deal.marks[0][1]).days < 400:
            continue
        months = db.session.scalars(
            select(MonthlyInvestment).where(MonthlyInvestment.project_id == project_id)
        ).all()
        if not months:
            continue
        for row in months:
            row.paid_in = ((row.paid_in or Decimal(0)) / 20).quantize(Decimal(1))
        return


def _twins(live: Pairs) -> None:
    """An investor who talks with a second zone about the same product."""
    found = _two_zones([(p, d) for p, d in live if not d.marks and not d.headline], 4)
    if found is None:
        return
    (_, first), (project_id, _) = found
    name = f"{first.firm.short}{first.firm.node.product}二期项目"
    code = db.session.scalar(select(Project.code).where(Project.id == project_id)) or ""
    _set(project_id, company_id=first.firm.id, name=name, **name_columns(code, name))


def _talk(cast: Cast, today: date) -> None:
    """The bureau asked a zone and waits, asked and was answered, and answered one by itself."""
    bureau = accounts.actor_by_login("bureau", today)
    officer = accounts.actor_by_login("officer", today)
    if bureau is None or officer is None:
        return
    now = moment(today, -30)
    open_now = queries.questions(today)
    zones = {line.id: line for line in queries.lines_of([q.project_id for q in open_now]).values()}
    etdz = cast.zones["LYG-ETDZ"].short_name
    mine = [q for q in open_now if zones[q.project_id].zone == etdz]
    for number, question in enumerate(mine[:2]):
        project = db.session.get_one(Project, question.project_id)
        seen = (project, question.check.code, question.fingerprint)
        actions.ask(bureau, *seen, "请附能说明情况的材料", officer.user_id, today, now)
        if number:
            actions.answer(officer, *seen, "已核对，情况属实，协议和测算表见文件。", (), today, now)
    others = [q for q in open_now if q not in mine]
    if others:
        question = others[-1]
        project = db.session.get_one(Project, question.project_id)
        words = "已看过协议原件和董事会决议，没有问题。"
        actions.answer(bureau, project, question.check.code, question.fingerprint, words, (), today, now)
