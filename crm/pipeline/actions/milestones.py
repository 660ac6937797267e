"""Writing a milestone down and submitting it with its evidence."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert

from crm.audit import actions as audit
from crm.chains.models import ChainNode
from crm.chains.rules import action_of
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.pipeline import queries, rules
from crm.pipeline.actions.following import follow, subject
from crm.pipeline.models import Milestone, MilestoneFile
from crm.pipeline.rules import MilestoneDraft, MilestoneKind, MilestoneState
from crm.projects.models import Attachment, Phase, Project
from crm.projects.rules import Capital, PhaseKind, Stage, Status
from crm.settings import queries as settings

#: Fields of a project that a recognition has frozen; a change of one asks for 重新认定 (decision 6).
FROZEN_FIELDS = frozenset(
    {
        "total_investment",
        "total_investment_usd",
        "fixed_investment",
        "fixed_investment_usd",
        "capital",
        "tier",
        "zone",
        "zone_id",
    }
)


def save_milestone(
    actor: Actor,
    project: Project,
    kind: MilestoneKind,
    draft: MilestoneDraft,
    today: date,
    now: datetime,
    phase: Phase | None = None,
) -> Milestone:
    """Keeps a milestone as 未报, whatever it still lacks; one that waits at the bureau is taken back by it.

    A recognised one cannot be a draft again: it is submitted anew.
    """
    return _write(actor, project, kind, phase, draft, today, now, submit=False)


def submit(
    actor: Actor,
    project: Project,
    kind: MilestoneKind,
    draft: MilestoneDraft,
    today: date,
    now: datetime,
    phase: Phase | None = None,
) -> Milestone:
    """Complete: 待认定, and the stage follows. Not complete: kept as 未报, which counts nowhere (decision 5).

    A recognised milestone keeps its recognition and asks for another one.
    """
    return _write(actor, project, kind, phase, draft, today, now, submit=True)


def _write(
    actor: Actor,
    project: Project,
    kind: MilestoneKind,
    phase: Phase | None,
    draft: MilestoneDraft,
    today: date,
    now: datetime,
    *,
    submit: bool,
) -> Milestone:
    queries.lock(project)
    _check_status(project)
    if phase is not None:
        rules.check_part(kind, phase.kind)
    rules.check_draft(kind, draft, today)
    files = _evidence(project, draft.evidence)
    rules.check_order(kind, draft.happened_on, _other_dates(project, kind, phase), draft.order_reason)
    milestone = queries.milestone_of(project, kind, phase) or Milestone(
        project_id=project.id, phase_id=phase.id if phase else None, kind=kind, state=MilestoneState.DRAFT
    )
    agreement = draft.agreement or _own_figures(project, phase, milestone)
    recognised, was_live = milestone.state is MilestoneState.RECOGNISED, milestone.state in rules.LIVE
    missing = _missing(project, kind, phase, draft, agreement, files)
    if recognised and missing:
        _refuse_incomplete(kind, missing)
    submitted = not missing and (submit or recognised)
    before = _values(milestone)
    # Content and state change together: the database refuses a submitted milestone without its date.
    with db.session.no_autoflush:
        _fill(milestone, draft, agreement)
        if submitted:
            _submitted(actor, project, milestone, now, again=recognised)
        elif not recognised:
            milestone.state = MilestoneState.DRAFT
    db.session.add(milestone)
    db.session.flush()
    _set_files(milestone, [file.id for file in files])
    moved: Mapping[str, Any] = {}
    words = rules.stone_words(kind, phase.name if phase else "")
    if submitted or was_live:
        moved = follow(actor, project, "milestone", f"{words}{'申报' if submitted else '未报'}", today)
    code = "milestone.submitted" if submitted else "milestone.saved"
    diff = audit.difference(before, _values(milestone)) | dict(moved)
    audit.record(actor, code, subject(project, words, milestone), diff, note=draft.order_reason)
    return milestone


def _other_dates(project: Project, kind: MilestoneKind, phase: Phase | None) -> dict[MilestoneKind, date]:
    """The real dates of the other live milestones; a phase is held against the project's up to its approval as well.

    An increase begins anew and has only its own.
    """
    stones = list(queries.milestones(project, phase))
    if phase is not None and phase.kind is PhaseKind.PHASE:
        stones += [m for m in queries.milestones(project) if m.kind.stage.order < Stage.STARTED.order]
    return {
        m.kind: m.happened_on
        for m in stones
        if m.kind is not kind and m.state in rules.LIVE and m.happened_on is not None
    }


def _own_figures(project: Project, phase: Phase | None, milestone: Milestone) -> rules.AgreementDraft:
    """What stands in for an agreement nobody stated: the record's amounts, the rest as it was kept."""
    figures = queries.figures_of(project, phase)
    return replace(
        queries.stated_agreement(milestone),
        total=figures.total,
        total_usd=figures.total_usd,
        fixed=figures.fixed,
        parties=milestone.agreement_parties or "",
        obligations=milestone.agreement_obligations or "",
    )


def _missing(
    project: Project,
    kind: MilestoneKind,
    phase: Phase | None,
    draft: MilestoneDraft,
    agreement: rules.AgreementDraft,
    files: Sequence[Attachment],
) -> list[rules.Missing]:
    kinds = {file.kind for file in files}
    path = rules.milestone_path(project.code, kind, phase.no if phase else None)
    return queries.missing_for_draft(
        project, kind, draft.happened_on, kinds, agreement, draft.review, path=path
    )


def _refuse_incomplete(kind: MilestoneKind, missing: Sequence[rules.Missing]) -> None:
    words = "".join(m.message for m in missing)
    raise RuleBroken(
        f"已认定的{kind.label}不能缺材料。{words}", missing[0].field, missing=[m.as_dict() for m in missing]
    )


def _check_status(project: Project) -> None:
    if project.status is not Status.ACTIVE:
        raise RuleBroken("项目不在进行中。请先把状态恢复为进行中，再填里程碑。")


def _evidence(project: Project, ids: Collection[int]) -> Sequence[Attachment]:
    """The wanted attachments, all of this project; raises RuleBroken for a stranger's or a deleted one."""
    found = queries.attachments_of(project, set(ids)) if ids else []
    if unknown := sorted(set(ids) - {file.id for file in found}):
        names = "、".join(map(str, unknown))
        raise RuleBroken(f"附件 {names} 不在这个项目里或已删除。请重新选择。", "evidence")
    return found


def _set_files(milestone: Milestone, files: Iterable[int]) -> None:
    db.session.execute(delete(MilestoneFile).where(MilestoneFile.milestone_id == milestone.id))
    rows = [{"milestone_id": milestone.id, "attachment_id": attachment_id} for attachment_id in files]
    if rows:
        db.session.execute(insert(MilestoneFile), rows)


def _fill(milestone: Milestone, draft: MilestoneDraft, agreement: rules.AgreementDraft) -> None:
    milestone.happened_on = draft.happened_on
    milestone.order_reason = draft.order_reason.strip()
    milestone.note = draft.note.strip()
    if milestone.kind is not MilestoneKind.SIGNED:
        return
    milestone.agreement_kind = draft.agreement_kind or rules.AgreementKind.INVESTMENT
    milestone.agreement_total, milestone.agreement_total_usd = agreement.total, agreement.total_usd
    milestone.agreement_fixed, milestone.agreement_parties = agreement.fixed, agreement.parties.strip()
    milestone.agreement_land_mu = agreement.land_mu
    milestone.agreement_start_by, milestone.agreement_complete_by = agreement.start_by, agreement.complete_by
    milestone.agreement_obligations = agreement.obligations.strip()
    milestone.review_by = draft.review.by.strip()
    milestone.review_on = draft.review.on
    milestone.review_conclusion = draft.review.conclusion.strip()


def _submitted(actor: Actor, project: Project, milestone: Milestone, now: datetime, *, again: bool) -> None:
    milestone.submitted_by = actor.user_id
    milestone.submitted_at = now
    milestone.needs_again = again
    milestone.decision_reason = ""
    if again:
        return
    milestone.state = MilestoneState.PENDING
    milestone.decided_by = milestone.decided_at = None
    if milestone.kind is MilestoneKind.SIGNED and milestone.phase_id is None:
        _stored_at_signing(project)


def _stored_at_signing(project: Project) -> None:
    """The year's fixed rate and the chain action are kept as they were at signing (decisions 2 and 15)."""
    if project.capital is Capital.FOREIGN and project.fx_rate is None:
        project.fx_rate = settings.value("fx_rate")
    if project.chain_action is None and project.node_id is not None:
        node = db.session.get(ChainNode, project.node_id)
        project.chain_action = action_of(node.state, node.action) if node else None


def _values(milestone: Milestone) -> dict[str, Any]:
    """What the audit compares; plain values, so that they outlive the change. Parties and obligations name the investor."""
    names = ("happened_on", "order_reason", "note", "agreement_kind", "agreement_total", "agreement_total_usd",
             "agreement_fixed", "agreement_land_mu", "agreement_start_by", "agreement_complete_by",
             "review_by", "review_on", "review_conclusion", "state", "needs_again")  # fmt: skip
    return {name: getattr(milestone, name) or None for name in names}


def mark_changed(
    actor: Actor, project: Project, fields: Collection[str], now: datetime, phase: Phase | None = None
) -> list[MilestoneKind]:
    """Called by whoever edits a project, or one of its phases: what was recognised then shows 待重新认定, its values stay.

    `fields` are the names of the columns that changed; others than FROZEN_FIELDS mark nothing. The editor counts as
    the one who submitted, so another member of the bureau recognises what the first has changed. Another zone or
    currency column concerns the phases too; their amounts are their own.
    """
    changed = FROZEN_FIELDS & set(fields)
    if not changed:
        return []
    stones = list(queries.milestones(project, phase))
    if phase is None and changed & {"zone", "zone_id", "capital"}:
        stones += queries.milestones_of_phases(project)
    marked = []
    for milestone in stones:
        if (
            milestone.state is MilestoneState.RECOGNISED
            and queries.recognition_in_force(milestone) is not None
        ):
            milestone.needs_again = True
            milestone.submitted_by, milestone.submitted_at = actor.user_id, now
            marked.append(milestone.kind)
            diff = {"needs_again": (False, True)}
            audit.record(
                actor,
                "milestone.submitted",
                subject(project, milestone.kind.label, milestone),
                diff,
                note="项目修改",
            )
    db.session.flush()
    return marked
