"""A row of a project ledger as a draft of a project with its investor, milestones and the week's progress."""

import re
from dataclasses import dataclass
from typing import Any

from crm.core import money, text
from crm.imports.rules import signing
from crm.imports.rules.cells import Person, RowCells
from crm.imports.rules.grid import shown
from crm.imports.rules.zone_names import ZoneNames
from crm.projects.rules import Capital, ProjectKind, Source
from crm.zones.rules import ZoneName


@dataclass(frozen=True, slots=True)
class Sender:
    """For whom the rows are read: `county_id` settles names, `allowed` limits zones (None: the whole city)."""

    county_id: int | None
    allowed: frozenset[int] | None
    default_code: str | None = None


_SOURCES = (
    (Source.STATION, ("驻点",)),
    (Source.CITY, ("市级", "机关推荐", "上级")),
    (Source.EXISTING, ("以商引商", "以商招商")),
    (Source.CHAIN, ("产业链", "链主")),
    (Source.INTRODUCER, ("中介", "引荐", "委托")),
    (Source.ASSOCIATION, ("商会", "协会")),
    (Source.FUND, ("基金", "资本")),
    (Source.EVENT, ("活动", "展会", "推介")),
    (Source.HOMETOWN, ("乡贤", "校友")),
    (Source.OWN, ("自行", "自主", "主动")),
)
_SPLIT = re.compile(r"[、;；\n/|]+|(?<=[司团厂院所])[,，和及](?=\S{2})")


def investors(written: str) -> list[str]:
    """ "A公司、B公司" → both, the first is the main one; brackets are never split."""
    kept = re.sub(
        r"\([^()]*\)|（[^（）]*）",
        lambda found: found.group().translate({ord(c): chr(0xE000 + i) for i, c in enumerate("、;；/|,，")}),
        written,
    )
    parts = [
        part.translate({0xE000 + i: c for i, c in enumerate("、;；/|,，")}).strip()
        for part in _SPLIT.split(kept)
    ]
    several = [part for part in parts if len(part) > 1]
    return several or ([written.strip()] if written.strip() else [])


def read(row: RowCells, names: ZoneNames, sender: Sender, group: str) -> tuple[dict[str, Any], list[Person]]:
    """The draft in the words of the API, without what the sheet does not say, and the contacts with their numbers."""
    fields: dict[str, Any] = {}
    _names(row, fields)
    place_of(row, names, sender, fields)
    _amounts(row, fields)
    _dates(row, fields)
    signing.milestones(row, fields)
    _words(row, fields, group)
    return fields, row.people()


def _names(row: RowCells, fields: dict[str, Any]) -> None:
    column = row.first("project_name")
    name = row.words("project_name").replace("\n", "")
    if not name:
        row.add("no_name", column, "project_name", "", "没有项目名称。请补上名称，或跳过这一行。")
    elif len(name) > 200:
        row.add("too_long", column, "project_name", name, "项目名称超过 200 个字，请核对是否错行。")
    fields["name"] = name
    if code := row.words("code", 40):
        fields["code"] = code.upper()
    if statistics := row.words("statistics_name", 200):
        fields["statistics_name"] = statistics
    _investor(row, fields)


def _investor(row: RowCells, fields: dict[str, Any]) -> None:
    """The main investor with its code; all of them in their own words where the cell names several."""
    written = row.words("investor", 300)
    several = investors(written)
    code = row.code()
    if not several:
        return
    fields["company"] = {"name": several[0][:200]}
    if code is not None:
        fields["company"]["uscc" if code.kind == "uscc" else "old_reg_no"] = code.code
    if len(several) > 1:
        fields["investors"] = several
        fields["investor_text"] = written
        row.add("investors_split", row.first("investor"), "investor", written, f"{len(several)}家，首家为主")


def place_of(row: RowCells, names: ZoneNames, sender: Sender, fields: dict[str, Any]) -> None:
    """The zone of the row as `zone`: what is written, else the sender's own."""
    column = row.first("zone")
    written = row.words("zone")
    if not written:
        fields["zone"] = sender.default_code
        return
    found = names.resolve(written, names.county(row.words("county")) or sender.county_id)
    if not found:
        options = tuple(
            zone.short_name for zone in names.zones if sender.allowed is None or zone.id in sender.allowed
        )
        row.add("zone_unknown", column, "zone", written, f"没有叫“{written}”的板块，请选一个。", options)
    elif len(found) > 1:
        options = tuple(zone.short_name for zone in found)
        row.add(
            "zone_several",
            column,
            "zone",
            written,
            f"叫“{written}”的板块有 {len(found)} 个，请选一个。",
            options,
        )
    else:
        _place(row, found[0], sender, fields, column, written)


def _place(
    row: RowCells, zone: ZoneName, sender: Sender, fields: dict[str, Any], column: int, written: str
) -> None:
    if sender.allowed is not None and zone.id not in sender.allowed:
        row.add(
            "zone_foreign",
            column,
            "zone",
            written,
            f"这一行属于{zone.short_name}，您只能导入本板块的项目。请改正板块，或跳过这一行。",
        )
        return
    fields["zone"] = zone.code
    if zone.short_name != written:
        row.add("zone_read", column, "zone", written, zone.short_name)


_AMOUNTS = (
    ("total_investment", "total_investment", "总投资"),
    ("total_investment_usd", "total_investment", "总投资"),
    ("fixed_investment", "fixed_investment", "固投"),
    ("equipment_investment", "equipment_investment", "设备"),
    ("registered_capital", "registered_capital", "注册资本"),
    ("statistics_amount", "statistics_amount", "纳统总投资"),
)


def _amounts(row: RowCells, fields: dict[str, Any]) -> None:
    """Amounts by currency; what makes one uncertain goes into the note."""
    notes = []
    for source, target, label in _AMOUNTS:
        for amount in row.amounts(source):
            name = target + ("_usd" if amount.currency is money.Currency.USD else "")
            if name in ("equipment_investment_usd", "statistics_amount_usd"):
                written = money.words(amount.value, amount.currency)
                row.add("left_out", row.first(source), source, written, f"{label}只收人民币，未入库")
                continue
            if name not in fields:
                fields[name] = f"{amount.value:f}"
                notes.append(_amount_note(label, amount))
    if any(notes):
        fields["amount_note"] = "；".join(filter(None, notes))[:120]
    if (land := row.area("land_mu")) is not None:
        fields["land_mu"] = f"{land:f}"
    if capital := _capital(row.words("capital_nature"), fields):
        fields["capital"] = capital.value


def _amount_note(label: str, amount: money.Amount) -> str:
    if amount.high != amount.low:
        low, high = (money.words(value, amount.currency) for value in (amount.low, amount.high))
        return f"{label}原文为{low}至{high}，取下限"
    return f"{label}{amount.note}" if amount.note else ""


def _capital(written: str, fields: dict[str, Any]) -> Capital | None:
    """As written; an amount in dollars alone is foreign."""
    if ("外" in written) != ("内" in written):
        return Capital.FOREIGN if "外" in written else Capital.DOMESTIC
    only_dollars = "total_investment_usd" in fields and "total_investment" not in fields
    return Capital.FOREIGN if only_dollars else None


def _dates(row: RowCells, fields: dict[str, Any]) -> None:
    for source, target in (("first_contact_date", "first_contact"), ("expected_sign_date", "expected_sign")):
        if (read := row.day(source)) is not None:
            fields[f"{target}_on"] = read.on.isoformat()
            fields[f"{target}_precision"] = read.precision.value
            fields[f"{target}_text"] = read.raw[:60]
    if (start := row.day("plan_start_date")) is not None:
        fields["expected_start_on"] = start.on.isoformat()


def _words(row: RowCells, fields: dict[str, Any], group: str) -> None:
    for name, most in (("content", 4000), ("industry", 80), ("address", 200)):
        if value := row.words(name, most):
            fields[name] = value
    progress = {
        "done": row.words("progress", 2000),
        "problem": row.words("problem", 2000),
        "next_step": row.words("next_step", 2000),
    }
    if any(progress.values()):
        fields["progress"] = progress
    title = row.found.title + row.found.name
    _stage(row, fields, title)
    _source(row, fields, title, group)
    _owner(row, fields)
    expansion = row.words("is_expansion")
    if "扩" in expansion or "增资" in expansion:
        fields["kind"] = ProjectKind.EXPANSION.value
    if row.words("confidential") not in ("", "否", "不涉密", "非涉密"):
        fields["confidential"] = True


def _stage(row: RowCells, fields: dict[str, Any], title: str) -> None:
    signed = any(m["kind"] == "signed" for m in fields.get("milestones", []))
    talking = "在谈" if "在谈" in title else ""
    stage = signing.stage_of(row.words("stage"), row.words("progress"), "签约" if signed else "", talking)
    if stage:
        fields["stage"] = stage.value


def _owner(row: RowCells, fields: dict[str, Any]) -> None:
    column = row.first("owner")
    owners = text.split_person(shown(row.value(column)))
    if not owners:
        return
    fields["owner"] = owners[0].name[:40]
    if owners[0].phone:
        row.add("phone_split", column, "owner", "", "拆出电话")


def _source(row: RowCells, fields: dict[str, Any], title: str, group: str) -> None:
    written = row.words("source", 160)
    said = written or ("驻点" if "驻点" in title else "")
    if source := next((source for source, words in _SOURCES if any(word in said for word in words)), None):
        fields["source"] = source.value
    note = "；".join(part for part in (group, written) if part)
    if note:
        fields["source_note"] = note
    if group:
        fields["group"] = group
