"""Another zone's world: one record of every private kind at LYG-XUWEI, each with words that occur nowhere else.

Whatever another zone, a county, a department or an administrator is answered may not contain these words.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from crm.accounts.models import Post, SavedView, User
from crm.assignments.models import Assignment, Handover, HandoverItem
from crm.assignments.rules import AssignmentKind, Part
from crm.audit.models import AuditEvent
from crm.chains.models import Chain, ChainNode
from crm.companies.models import Company, CompanyLink, Contact
from crm.companies.rules import LinkProgress
from crm.core import clock, crypto, db, phones
from crm.core.actor import Role
from crm.exports.models import ExportRequest
from crm.filings.models import (
    Dispute,
    DisputeStep,
    DisputeWord,
    Filing,
    FilingCheck,
    FilingCheckHit,
    FilingEvidence,
    Sanction,
    Transfer,
    TransferOffer,
)
from crm.filings.rules import HitReason, Purpose
from crm.filings.rules.checks import CheckVia
from crm.filings.rules.disputes import Rung
from crm.filings.rules.sanctions import Offence
from crm.filings.rules.transfers import TransferState, Trigger
from crm.followups.models import Followup
from crm.followups.rules import DutyKind
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.rules import BatchKind, BatchState, RowAction
from crm.notices.models import Escalation, Notice, Outgoing
from crm.pipeline.models import (
    Adjustment,
    Milestone,
    MonthlyInvestment,
    StageChange,
    StatusChange,
    TruthAnswer,
)
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Attachment, Phase, ProgressNote, Project, ProjectChange
from crm.projects.rules import AttachmentKind, Stage, Status
from crm.targeting.models import (
    Campaign,
    CampaignTarget,
    CatalogueRelease,
    ChainPlan,
    ChainPlanFile,
    ChainPlanStep,
    Target,
    TargetSignal,
    TargetStep,
)
from crm.targeting.rules.plans import PlanState
from crm.tasks.models import Task
from crm.tasks.rules import TaskState
from crm.units.rules import LeaderLevel
from crm.visits.models import Absence, Visit, VisitOurs, VisitTheirs
from crm.weekly import queries as weekly
from crm.zones.models import Plan
from tests import factories

#: What lists are searched for; a page may echo it in its search box.
ASKED = "琥珀"
#: Occurs in every private text of the other zone and nowhere else; no answer to a stranger contains it.
TELLTALE = "獴"
WORD = ASKED + TELLTALE
#: The investor of a confidential project: a public company, but nobody may learn that it invests here.
INVESTOR = "鳡鱼控股有限公司"
INVESTOR_TELLTALE = "鳡"
NUMBER = "13957812046"
TAIL = NUMBER[-4:]
MASK = phones.mask_phone(NUMBER)
ZONE = "LYG-XUWEI"
#: Neither theirs nor any curious person's.
THIRD = "LYG-DONGHAI"


def read(answer: Any) -> str:
    """What a reader sees of an answer: a workbook is unpacked, JSON is unescaped."""
    data = answer.get_data()
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    text = data.decode("utf-8", "replace")
    return re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)


@dataclass
class Strange:
    """The other zone's records, by what the address of a route needs."""

    owner: User
    company: Company
    investor: Company
    link: CompanyLink
    contact: Contact
    project: Project
    secret: Project
    lead: Project
    phase: Phase
    milestone: Milestone
    change: StatusChange
    attachment: Attachment
    visit: Visit
    their: VisitTheirs
    followup: Followup
    assignment: Assignment
    batch: ImportBatch
    task: Task
    request: ExportRequest
    notice: Notice
    more: dict[str, Any] = field(default_factory=dict)


def _owner() -> User:
    """A colleague of officer2, so that officer2 himself is not the owner of what is confidential."""
    person = factories.Person("xuwei", "徐圩专员", Role.OFFICER, ZONE, "招商局副科长")
    return factories.account(person)


def _dealings(company: Company, owner: User) -> tuple[CompanyLink, Contact]:
    link = db.db.session.scalars(select(CompanyLink).where(CompanyLink.company_id == company.id)).one()
    link.owner_id, link.notes, link.source = owner.id, WORD, WORD
    contact = Contact(
        company_id=company.id,
        zone_id=link.zone_id,
        name=f"{WORD}总",
        post=f"{WORD}董事",
        phone=NUMBER,
        phone_mask=MASK,
        phone_hash=crypto.keyed_hash(NUMBER),
        phone_tail_hash=crypto.keyed_hash(TAIL),
        note=WORD,
        main=True,
    )
    db.db.session.add(contact)
    db.db.session.flush()
    return link, contact


def _projects(company: Company, investor: Company, owner: User) -> tuple[Project, Project, Project]:
    texts = {
        "content": WORD,
        "address": WORD,
        "industry": WORD,
        "source_note": WORD,
        "amount_note": WORD,
        "chain_action_reason": WORD,
        "statistics_name": WORD,
        "status_reason": WORD,
    }
    open_ = factories.project(
        ZONE,
        name=f"{WORD}项目",
        investor=company,
        total="1200000",
        owner_id=owner.id,
        stage=Stage.SIGNED,
        **texts,
    )
    secret = factories.project(
        ZONE,
        name=f"{WORD}保密项目",
        investor=investor,
        total="1100000",
        owner_id=owner.id,
        confidential=True,
        investor_text=INVESTOR,
        **texts,
    )
    # The project's own words never speak of the investor; see projects.models.
    for each in (open_, secret):
        each.search_text = each.search_tokens = WORD
    lead = factories.project(
        None, name=f"{WORD}线索", investor=company, total="9000", owner_id=owner.id, **texts
    )
    return open_, secret, lead


def _parts(project: Project, owner: User) -> tuple[Phase, Milestone, StatusChange, Attachment]:
    today = clock.today()
    phase = Phase(project_id=project.id, no=1, name=f"{WORD}一期")
    milestone = factories.milestone(
        project, note=WORD, agreement_parties=WORD, review_conclusion=WORD, order_reason=WORD
    )
    change = StatusChange(
        project_id=project.id,
        before=Status.ACTIVE,
        after=Status.ON_HOLD,
        reason=WORD,
        went_to=WORD,
        effective_on=today,
        proposed_by=owner.id,
    )
    attachment = factories.attachment(project, AttachmentKind.AGREEMENT, f"{WORD}.pdf")
    db.db.session.add_all([phase, change])
    db.db.session.flush()
    month = clock.today().isoformat()[:7]
    db.db.session.add(
        MonthlyInvestment(
            project_id=project.id, phase_id=phase.id, month=month, progress=f"{WORD}封顶", note=f"{WORD}说明"
        )
    )
    db.db.session.add(
        Adjustment(
            project_id=project.id,
            subject_type="project",
            subject_id=project.id,
            month="2025-01",
            dated_in=month,
            field="address",
            before=WORD,
            after=WORD,
            reason=WORD,
        )
    )
    db.db.session.add_all(
        [
            ProgressNote(
                project_id=project.id, on=today, week="2026-W01", done=WORD, problem=WORD, next_step=WORD
            ),
            ProjectChange(project_id=project.id, field="owner_id", before=WORD, after=WORD),
            StageChange(project_id=project.id, before=Stage.LEAD, after=Stage.SIGNED, note=WORD),
        ]
    )
    db.db.session.flush()
    return phase, milestone, change, attachment


def _visit(owner: User, company: Company, project: Project) -> tuple[Visit, VisitTheirs]:
    visit = factories.visit(
        owner,
        company,
        [project],
        zone_code=ZONE,
        summary=WORD,
        place=WORD,
        no_next_step_reason=WORD,
    )
    their = VisitTheirs(visit_id=visit.id, name=f"{WORD}工", post=WORD, phone=NUMBER, phone_mask=MASK)
    db.db.session.add_all([their, VisitOurs(visit_id=visit.id, name=f"{WORD}员", user_id=owner.id)])
    db.db.session.flush()
    return visit, their


def _machinery(owner: User, project: Project) -> tuple[ImportBatch, Task, ExportRequest, Notice]:
    batch = ImportBatch(
        kind=BatchKind.PROJECTS,
        state=BatchState.FAILED,
        filename=f"{WORD}.xlsx",
        sha256="0" * 64,
        size=1,
        zone_id=project.zone_id,
        user_id=owner.id,
        message=WORD,
    )
    post = db.db.session.scalars(select(Post).where(Post.user_id == owner.id)).one()
    task = Task(
        kind="exports.make",
        title=WORD,
        state=TaskState.DONE,
        message=WORD,
        result={"message": WORD, "file": "exports/none.xlsx", "name": f"{WORD}.xlsx"},
        user_id=owner.id,
        post_id=post.id,
    )
    request = ExportRequest(
        list="projects",
        format="xlsx",
        asked={"q": WORD},
        rows=9,
        reason=WORD,
        user_id=owner.id,
        zone_id=project.zone_id,
    )
    notice = Notice(user_id=owner.id, kind="export.asked", text=WORD, url="/exports")
    db.db.session.add_all([batch, task, request, notice])
    db.db.session.flush()
    db.db.session.add(
        ImportRow(
            batch_id=batch.id, sheet=WORD, row_no=1, action=RowAction.NEW, raw=[WORD], fields={"name": WORD}
        )
    )
    return batch, task, request, notice


def _assignment(project: Project) -> Assignment:
    leader = factories.leader(ZONE, "徐圩书记", "管委会主任", LeaderLevel.COUNTY_MAIN)
    made = Assignment(
        project_id=project.id,
        kind=AssignmentKind.DIRECT_LEADER,
        leader_id=leader.id,
        starts_on=clock.today() - timedelta(days=5),
        note=WORD,
    )
    db.db.session.add(made)
    db.db.session.flush()
    return made


def _questions(owner: User, *about: Project) -> None:
    """What the bureau asked the zone about its projects."""
    for project in about:
        db.db.session.add(
            TruthAnswer(
                project_id=project.id,
                question="same_site",
                fingerprint="f" * 64,
                facts={"address": WORD, "others": [WORD], "zones": [WORD]},
                asked_of=owner.id,
                asked_note=WORD,
                asked_at=clock.now(),
            )
        )


def _filing(owner: User, project: Project, attachment: Attachment | None = None) -> Filing:
    """What the other zone reported of its first talk; still waiting for the bureau."""
    assert project.zone_id is not None and project.company_id is not None
    made = Filing(
        project_id=project.id,
        zone_id=project.zone_id,
        company_id=project.company_id,
        filed_by=owner.id,
        filed_at=clock.now(),
        contact_on=clock.today(),
        note=WORD,
        decision_reason=WORD,
        months=6,
        extension_months=3,
    )
    db.db.session.add(made)
    db.db.session.flush()
    if attachment is not None:
        db.db.session.add(
            FilingEvidence(filing_id=made.id, attachment_id=attachment.id, purpose=Purpose.CONTACT)
        )
        db.db.session.flush()
    return made


def _dispute(owner: User, company: Company, filing_id: int) -> int:
    """A third zone filed the same investor; what the two write, what the bureau holds against one, who asked."""
    about = factories.project(THIRD, name=f"{WORD}另报项目", investor=company, content=WORD)
    filing, rival = db.db.session.get_one(Filing, filing_id), _filing(owner, about)
    today = clock.today()
    made = Dispute(earlier_id=filing_id, later_id=rival.id, reason=WORD, opened_zone_id=about.zone_id)
    check = FilingCheck(
        user_id=owner.id, zone_id=about.zone_id, company_id=company.id, project_id=about.id,
        via=CheckVia.ASKED, asked_at=clock.now(),
    )  # fmt: skip
    db.db.session.add_all([made, check])
    db.db.session.flush()
    db.db.session.add_all(
        [
            DisputeStep(dispute_id=made.id, rung=Rung.TALKS, began_on=today, due_on=today, text=WORD),
            DisputeWord(dispute_id=made.id, filing_id=filing_id, keeps_id=filing_id, text=WORD),
            FilingCheckHit(check_id=check.id, filing_id=filing_id, reason=HitReason.COMPANY),
            Sanction(
                filing_id=filing_id, project_id=filing.project_id, zone_id=filing.zone_id,
                offence=Offence.POACHING, reason=WORD, basis=WORD,
            ),
        ]
    )  # fmt: skip
    db.db.session.flush()
    return made.id


def _view(owner: User) -> SavedView:
    """A view of the list that the other zone shares among its own people."""
    made = SavedView(
        user_id=owner.id,
        zone_id=factories.zone(ZONE).id,
        shared=True,
        page="projects.index",
        name=WORD,
        query=f"q={WORD}",
        columns=["code"],
    )
    db.db.session.add(made)
    db.db.session.flush()
    return made


def seed() -> Strange:
    """Everything of the other zone, committed."""
    owner = _owner()
    db.db.session.flush()
    factories.quota_plan(clock.today().year)
    company = factories.company("公开名录企业有限公司", zone_code=ZONE)
    investor = factories.company(INVESTOR, zone_code=ZONE)
    link, contact = _dealings(company, owner)
    project, secret, lead = _projects(company, investor, owner)
    phase, milestone, change, attachment = _parts(project, owner)
    factories.milestone(secret, note=WORD)
    visit, their = _visit(owner, company, project)
    secret_visit, _ = _visit(owner, investor, secret)
    photo = Attachment(
        visit_id=visit.id,
        kind=AttachmentKind.OTHER,
        filename=f"{WORD}.jpg",
        media_type="image/jpeg",
        size=1,
        sha256="1" * 64,
    )
    db.db.session.add(photo)
    followup = factories.followup(owner, company, project, zone_code=ZONE, what=WORD, answer=WORD)
    secret_duty = factories.followup(owner, investor, secret, zone_code=ZONE, what=WORD)
    demand = factories.followup(
        owner, company, project, zone_code=ZONE, what=WORD, answer=WORD, kind=DutyKind.DEMAND
    )
    _late(demand)
    assignment = _assignment(project)
    batch, task, request, notice = _machinery(owner, project)
    _questions(owner, project, secret)
    view_id = _view(owner).id
    filing_id = _filing(owner, project, attachment).id
    _filing(owner, secret)
    dispute_id = _dispute(owner, company, filing_id)
    target, signal_id, campaign_id = _target(owner, company)
    for about, label in ((project, project.code), (secret, secret.code)):
        db.db.session.add(
            AuditEvent(
                code="project.edited",
                actor_id=owner.id,
                actor_name=owner.name,
                subject_type="project",
                subject_id=about.id,
                subject_label=f"{label} {WORD}",
                zone_id=about.zone_id,
                project_id=about.id,
                company_id=about.company_id,
                diff={"content": ["", WORD]},
                note=WORD,
            )
        )
    # A recognised second project, so that boards and workbooks have something to count.
    counted = factories.project(
        ZONE, name=f"{WORD}已认定", investor=company, total="1500000", owner_id=owner.id
    )
    counted.search_text = counted.search_tokens = WORD
    factories.recognised(counted, clock.today(), MilestoneKind.SIGNED)
    db.db.session.commit()
    made = Strange(
        owner, company, investor, link, contact, project, secret, lead, phase, milestone, change, attachment,
        visit, their, followup, assignment, batch, task, request, notice,
    )  # fmt: skip
    db.db.session.flush()
    post = db.db.session.scalars(select(Post.id).where(Post.user_id == owner.id)).one()
    made.more = {
        "view": view_id,
        "filing": filing_id,
        "transfer": _transfer(owner, project),
        "handover": _handover(owner, project),
        "dispute": dispute_id,
        "target": target.id,
        "signal": signal_id,
        "campaign": campaign_id,
        "photo": photo.id,
        "secret visit": secret_visit.id,
        "secret duty": secret_duty.id,
        "demand": demand.id,
        "post": post,
    }
    made.more |= _public([project, secret, lead])
    made.more |= _outings(owner)
    made.more |= _chain_plan(owner)
    db.db.session.commit()
    return made


def _transfer(owner: User, project: Project) -> int:
    """The other zone asks the city where its project should go."""
    made = Transfer(
        project_id=project.id, first_zone_id=project.zone_id, from_zone_id=project.zone_id, state=TransferState.CITY,
        trigger=Trigger.FACTORS, reason=WORD, proposed_by=owner.id, proposed_at=clock.now(), first_contact=WORD,
        first_contact_way="0518-85123456",
    )  # fmt: skip
    db.db.session.add(made)
    db.db.session.flush()
    db.db.session.add(TransferOffer(transfer_id=made.id, asked_at=clock.now(), reason=WORD))
    db.db.session.flush()
    return made.id


def _handover(owner: User, project: Project) -> int:
    """Somebody of the other zone has left his work to its officer."""
    made = Handover(
        zone_id=project.zone_id, person_id=owner.id, note=WORD, made_by=owner.id, made_at=clock.now()
    )
    db.db.session.add(made)
    db.db.session.flush()
    db.db.session.add(
        HandoverItem(
            handover_id=made.id, part=Part.PROJECTS, subject_id=project.id, label=WORD, url="/", to_user_id=owner.id
        )
    )  # fmt: skip
    db.db.session.flush()
    return made.id


def _late(demand: Followup) -> None:
    """Every step up the ladder, and a message that waits to leave."""
    zone_id = demand.zone_id
    for level, role, unit in ((1, None, None), (2, Role.CHIEF, zone_id), (3, Role.BUREAU, None)):
        db.db.session.add(
            Escalation(
                ladder="duty", subject_type="followup", subject_id=demand.id, due_key="2026-01-05", level=level,
                to_role=role, to_unit_id=unit, zone_id=zone_id, reason=WORD,
            )
        )  # fmt: skip
    db.db.session.add(
        Outgoing(user_id=demand.owner_id, channel="mail", subject=WORD, text=WORD, next_at=clock.now())
    )


def _chain_plan(owner: User) -> dict[str, Any]:
    """A chain plan that was sent back, with its file; and a release of the city's catalogue."""
    plan = ChainPlan(
        zone_id=factories.zone(ZONE).id, year=clock.today().year, state=PlanState.RETURNED, note=WORD, reason=WORD,
        submitted_by=owner.id, submitted_at=clock.now(),
    )  # fmt: skip
    release = CatalogueRelease(number=1, released_on=clock.today(), note="会议审定", released_at=clock.now())
    db.db.session.add_all((plan, release))
    db.db.session.flush()
    paper = ChainPlanFile(
        plan_id=plan.id, filename=f"{WORD}.pdf", media_type="application/pdf", size=9, sha256="c" * 64
    )
    step = ChainPlanStep(plan_id=plan.id, state=PlanState.RETURNED, note=WORD, made_at=clock.now())
    db.db.session.add_all((paper, step))
    db.db.session.flush()
    return {"year": plan.year, "plan file": paper.id, "release": 1}


def _outings(owner: User) -> dict[str, Any]:
    """A trip, a day on station and a check of presence."""
    trip = factories.occasion(owner, zone_code=ZONE, title=WORD, place=WORD, result=WORD)
    day = factories.station_day(owner, clock.today(), zone_code=ZONE, station=WORD, work=WORD)
    bureau = db.db.session.scalars(select(User.id).where(User.login == "bureau")).one()
    absence = Absence(
        user_id=owner.id, zone_id=factories.zone(ZONE).id, day=clock.today(), note=WORD, checked_by=bureau
    )
    db.db.session.add(absence)
    db.db.session.flush()
    return {"trip": trip.id, "station day": day.id, "absence": absence.id}


def _target(owner: User, company: Company) -> tuple[Target, int, int]:
    """A live target with a signal, a step and its place on a campaign's list, and one that was given up."""
    today = clock.today()
    target = factories.target(company, "PETRO-0201", ZONE, owner_id=owner.id, entry_note=WORD, standing=WORD)
    factories.target(
        company, "PETRO-0202", ZONE, owner_id=owner.id, given_up_reason=WORD, progress=LinkProgress.GIVEN_UP
    )
    signal = TargetSignal(target_id=target.id, happened_on=today, what=WORD, source=WORD)
    step = TargetStep(target_id=target.id, after=LinkProgress.UNTOUCHED, on=today, note=WORD)
    campaign = Campaign(
        name=WORD, zone_id=target.zone_id, starts_on=today, ends_on=today, owner_id=owner.id, note=WORD
    )
    db.db.session.add_all([signal, step, campaign])
    db.db.session.flush()
    db.db.session.add(CampaignTarget(campaign_id=campaign.id, target_id=target.id))
    db.db.session.flush()
    return target, signal.id, campaign.id


def _public(projects: list[Project]) -> dict[str, Any]:
    """What addresses name that everybody may read; the projects lie on this node of a chain."""
    node = db.db.session.scalars(select(ChainNode).order_by(ChainNode.id)).first()
    assert node is not None
    for project in projects:
        project.node_id = node.id
    return {
        "chain": db.db.session.get_one(Chain, node.chain_id).code,
        "node": node.code,
        "plan": db.db.session.scalars(select(Plan.code).order_by(Plan.id)).first(),
        "week": weekly.week(None, clock.now()).label,
    }
