"""Writes the demo's projects: rows, milestones with evidence, recognitions and the history of stages."""

import io
import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from crm.core import clock, search, text
from crm.core.calendar import week_of
from crm.demo import bulk
from crm.demo.deals import Deal
from crm.demo.people import Cast
from crm.demo.words import DONE, NEXT_STEPS, PROBLEMS
from crm.pipeline.models import Milestone, MilestoneFile, Recognition, StageChange, StatusChange
from crm.pipeline.rules import REQUIRED_FILES, AgreementKind, EndKind, MilestoneKind, MilestoneState
from crm.pipeline.rules.status import LOST_CATEGORIES
from crm.projects import files
from crm.projects import queries as projects
from crm.projects.models import Attachment, CodeCounter, ProgressNote, Project
from crm.projects.rules import AttachmentKind, ProjectKind, Source, Stage, Status, tier_of
from crm.settings import queries as settings
from crm.zones.models import Zone

_MORNING = time(2, 0)


def moment(day: date, minutes: int = 0) -> datetime:
    """Ten in the morning of a day, city time, plus minutes. What that puts later today has happened just now."""
    at = datetime.combine(day, _MORNING, UTC) + timedelta(minutes=minutes)
    return min(at, clock.now()) if day == clock.today() else at


def write(random: Random, cast: Cast, deals: Sequence[Deal], today: date) -> list[int]:
    """Project ids in the order of the deals."""
    zones = {z.id: z for z in cast.zones.values()}
    codes = _codes(deals, zones)
    ids = bulk.add_with_ids(Project, [_project(random, d, c) for d, c in zip(deals, codes, strict=True)])
    pairs = list(zip(ids, deals, strict=True))
    _stages(pairs)
    _milestones(cast, pairs, today)
    _statuses(cast, pairs, today)
    return ids


def _codes(deals: Sequence[Deal], zones: dict[int, Zone]) -> list[str]:
    last: dict[tuple[str, int], int] = {}
    codes = []
    for deal in deals:
        key = (zones[deal.zone_id].code.removeprefix("LYG-"), deal.started.year)
        last[key] = last.get(key, 0) + 1
        codes.append(f"{key[0]}-{key[1]}-{last[key]:04d}")
    bulk.add(CodeCounter, [{"prefix": p, "year": y, "last": n} for (p, y), n in sorted(last.items())])
    return codes


def _project(random: Random, deal: Deal, code: str) -> dict[str, Any]:
    tiers = projects.tiers()
    tokens, searched = search.columns(deal.name, code, deal.firm.name, deal.firm.short)
    expected = deal.marks[0][1] if deal.marks else deal.started + timedelta(days=random.randrange(120, 500))
    return {
        "code": code, "name": deal.name, "key": text.name_key(deal.name), "company_id": deal.firm.id, "zone_id": deal.zone_id,
        "first_zone_id": deal.zone_id, "node_id": deal.firm.node.id, "source": random.choice(list(Source)),
        "kind": random.choices(list(ProjectKind), (70, 15, 5, 7, 3))[0], "capital": deal.capital,
        "total_investment": deal.total, "total_investment_usd": deal.usd,
        "fixed_investment": deal.fixed, "fixed_investment_usd": deal.fixed_usd,
        "land_mu": random.choice((None, 45, 80, 120, 200, 320, 620)), "industry": deal.firm.node.product,
        "content": f"建设{deal.firm.node.product}生产线及配套设施，分两期实施，一期建成后年产值按协议约定考核。",
        "stage": deal.stage, "stage_since": deal.stage_since, "status": deal.status, "status_since": deal.stage_since,
        "status_reason": _REASONS.get(deal.status, ""), "tier": tier_of(deal.capital, deal.total, deal.usd, tiers),
        "confidential": deal.confidential, "exclusion": deal.exclusion, "owner_id": deal.owner,
        "first_contact_on": deal.started, "first_contact_precision": "day",
        "expected_sign_on": expected.replace(day=1), "expected_sign_precision": "month",
        "search_tokens": tokens, "search_text": searched,
        "is_demo": True, "created_by": deal.owner, "created_at": moment(deal.started), "updated_at": moment(deal.stage_since),
    }  # fmt: skip


_REASONS = {
    Status.ON_HOLD: "投资方融资未到位，等待下一轮",
    Status.LOST: "用地指标未能落实，投资方另选外地",
    Status.TERMINATED: "双方签订解除协议",
    Status.TRANSFERRED: "产业定位不符，流转其他板块",
}


def _stages(pairs: list[tuple[int, Deal]]) -> None:
    rows: list[dict[str, Any]] = []
    for project_id, deal in pairs:
        passed = [s for s in Stage if s.order <= deal.stage.order]
        gap = max((deal.stage_since - deal.started).days // len(passed), 0)
        for number, stage in enumerate(passed):
            day = deal.stage_since if stage is deal.stage else deal.started + timedelta(days=gap * number)
            rows.append({
                "project_id": project_id, "before": passed[number - 1] if number else None, "after": stage,
                "cause": "moved" if stage.order < Stage.SIGNED.order else "milestone", "note": "", "changed_by": deal.owner,
                "at": moment(day, number),
            })  # fmt: skip
    bulk.add(StageChange, rows)


def _state(deal: Deal, number: int) -> MilestoneState:
    if deal.outcome in ("draft", "framework"):
        return MilestoneState.DRAFT
    if deal.outcome in ("returned", "revoked"):
        return MilestoneState(deal.outcome)
    if deal.outcome == "pending" and number == len(deal.marks) - 1:
        return MilestoneState.PENDING
    return MilestoneState.RECOGNISED


def _milestones(cast: Cast, pairs: list[tuple[int, Deal]], today: date) -> None:
    rows, owners = [], []
    for project_id, deal in pairs:
        for number, (kind, day) in enumerate(deal.marks):
            rows.append(_milestone(cast, project_id, deal, kind, day, _state(deal, number), today))
            owners.append((project_id, deal))
    ids = bulk.add_with_ids(Milestone, rows)
    _evidence(rows, ids, owners)
    known = [(i, row, deal) for i, row, (_, deal) in zip(ids, rows, owners, strict=True)
             if row["state"] in (MilestoneState.RECOGNISED, MilestoneState.REVOKED)]  # fmt: skip
    bulk.add(Recognition, [_recognition(i, row, deal, today) for i, row, deal in known])


def _milestone(
    cast: Cast,
    project_id: int,
    deal: Deal,
    kind: MilestoneKind,
    day: date,
    state: MilestoneState,
    today: date,
) -> dict[str, Any]:
    submitted = state is not MilestoneState.DRAFT
    decided = state in (MilestoneState.RECOGNISED, MilestoneState.RETURNED, MilestoneState.REVOKED)
    signing = kind is MilestoneKind.SIGNED
    agreement = None
    if signing:
        agreement = AgreementKind.FRAMEWORK if deal.outcome == "framework" else AgreementKind.INVESTMENT
    reviewed = signing and state in (
        MilestoneState.PENDING,
        MilestoneState.RECOGNISED,
        MilestoneState.REVOKED,
    )
    reasons = {
        MilestoneState.RETURNED: "缺公平竞争审查结论，请补充后再报",
        MilestoneState.REVOKED: "核查发现协议未加盖公章",
    }
    return {
        "project_id": project_id, "kind": kind, "state": state, "happened_on": day,
        "submitted_by": deal.owner if submitted else None, "submitted_at": moment(day, 90) if submitted else None,
        "decided_by": cast.users["bureau"] if decided else None,
        "decided_at": moment(min(day + timedelta(days=2), today), 120) if decided else None,
        "decision_reason": reasons.get(state, ""), "agreement_kind": agreement,
        "agreement_total": deal.total if signing else None, "agreement_total_usd": deal.usd if signing else None,
        "agreement_fixed": deal.fixed if signing else None,
        "agreement_parties": f"{deal.firm.name}、开发区管委会" if signing else "",
        "review_by": "法制科" if reviewed else "", "review_on": day - timedelta(days=6) if reviewed else None,
        "review_conclusion": "未发现排除、限制竞争内容" if reviewed else "",
    }  # fmt: skip


def _recognition(milestone_id: int, row: dict[str, Any], deal: Deal, today: date) -> dict[str, Any]:
    ended = row["state"] is MilestoneState.REVOKED or deal.status is Status.TERMINATED
    end_day = min(row["happened_on"] + timedelta(days=30), today)
    kind = EndKind.REVOKED if row["state"] is MilestoneState.REVOKED else EndKind.TERMINATED
    return {
        "milestone_id": milestone_id, "project_id": row["project_id"], "kind": row["kind"], "happened_on": row["happened_on"],
        "statistical_on": row["happened_on"], "capital": deal.capital, "amount": deal.total, "amount_usd": deal.usd,
        "fixed": deal.fixed, "fixed_usd": deal.fixed_usd, "zone_id": deal.zone_id,
        "tier": tier_of(deal.capital, deal.total, deal.usd, projects.tiers()),
        "recognised_by": row["decided_by"], "recognised_at": row["decided_at"],
        "ended_at": moment(end_day, 300) if ended else None, "ended_on": end_day if ended and kind is EndKind.TERMINATED else None,
        "end_kind": kind if ended else None, "end_reason": _REASONS.get(deal.status, row["decision_reason"]) if ended else "",
    }  # fmt: skip


def _evidence(rows: list[dict[str, Any]], ids: list[int], owners: list[tuple[int, Deal]]) -> None:
    """Two sample files stand for all evidence; they are kept under their content hash once."""
    paper = files.keep(io.BytesIO(sample_pdf()), "演示材料.pdf", 1)
    photo = files.keep(io.BytesIO(_png()), "演示照片.png", 1)
    attachments, used_by = [], []
    for milestone_id, row, (project_id, deal) in zip(ids, rows, owners, strict=True):
        if row["state"] is MilestoneState.DRAFT:
            continue
        kinds = [*REQUIRED_FILES[row["kind"]]]
        if row["review_on"]:
            kinds.append(AttachmentKind.FAIR_COMPETITION)
        for kind in kinds:
            kept = photo if kind is AttachmentKind.PHOTO else paper
            attachments.append({
                "project_id": project_id, "kind": kind, "filename": kept.filename, "media_type": kept.media_type, "size": kept.size,
                "sha256": kept.sha256, "uploaded_by": deal.owner, "uploaded_at": row["submitted_at"],
            })  # fmt: skip
            used_by.append(milestone_id)
    made = bulk.add_with_ids(Attachment, attachments)
    bulk.add(
        MilestoneFile, [{"milestone_id": m, "attachment_id": a} for m, a in zip(used_by, made, strict=True)]
    )


def _statuses(cast: Cast, pairs: list[tuple[int, Deal]], today: date) -> None:
    rows = []
    for project_id, deal in pairs:
        if deal.status is Status.ACTIVE:
            continue
        day = max(deal.stage_since, today - timedelta(days=60))
        rows.append({
            "project_id": project_id, "before": Status.ACTIVE, "after": deal.status, "reason": _REASONS[deal.status],
            "category": LOST_CATEGORIES[0] if deal.status is Status.LOST else "", "went_to": "外地" if deal.status is Status.LOST else "",
            "review_on": today + timedelta(days=45) if deal.status is Status.ON_HOLD else None, "effective_on": day,
            "proposed_by": deal.owner, "proposed_at": moment(day), "decided_by": cast.users["bureau"],
            "decided_at": moment(day, 60), "approved": True,
        })  # fmt: skip
    bulk.add(StatusChange, rows)


def notes(random: Random, pairs: list[tuple[int, Deal]], today: date) -> None:
    """Weekly progress of the living: the last eight weeks, some of this week still unwritten."""
    calendar = settings.calendar()
    rows = []
    for project_id, deal in pairs:
        if deal.status is not Status.ACTIVE or deal.stage.order > Stage.STARTED.order:
            continue
        for back in range(0, 8 if deal.headline else random.randrange(0, 6)):
            day = today - timedelta(days=7 * back + random.randrange(0, 3))
            if day < deal.started or (back == 0 and random.random() < 0.4):
                continue
            rows.append({
                "project_id": project_id, "on": day, "week": week_of(moment(day), calendar).label, "done": random.choice(DONE),
                "problem": random.choice(PROBLEMS), "next_step": random.choice(NEXT_STEPS), "created_by": deal.owner,
                "created_at": moment(day, 360),
            })  # fmt: skip
    bulk.add(ProgressNote, rows)


def sample_pdf() -> bytes:
    """A page that says it is a sample."""
    body = b"BT /F1 24 Tf 72 720 Td (DEMO EVIDENCE) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, text_ in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text_)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (table, len(out))
    )


def _png() -> bytes:
    """A grey gradient, 160 × 90."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = b"".join(b"\x00" + bytes(90 + (x + y) % 120 for x in range(160)) for y in range(90))
    head = struct.pack(">IIBBBBB", 160, 90, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", head)
        + part(b"IDAT", zlib.compress(pixels, 9))
        + part(b"IEND", b"")
    )
