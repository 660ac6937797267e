"""The guidance catalogue (产业招商指导目录, rules.md §5.3): its rows, what may be said of a link, and what one release changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from crm.chains.rules import ACTION_LABELS, POSITION_LABELS, STATE_LABELS, ChainAction, NodeState, Position
from crm.core.errors import RuleBroken

TITLE = "连云港市产业招商指导目录"
DRAFT = "草案，未发布"


@dataclass(frozen=True, slots=True)
class Whom:
    """A target company as the catalogue names it. `contact` is the unit and the person who answer for it."""

    name: str
    place: str = ""
    standing: str = ""
    contact: str = ""

    @property
    def words(self) -> str:
        about = "，".join(part for part in (self.place, self.standing) if part)
        return f"{self.name}{f'（{about}）' if about else ''}{f' {self.contact}' if self.contact else ''}"


@dataclass(frozen=True, slots=True)
class Row:
    """A link of a chain with all that the thirteen columns say. `local` are representative firms, `zones` short names."""

    chain_code: str
    chain: str
    node_code: str
    node: str
    position: Position
    products: tuple[str, ...]
    state: NodeState | None
    action: ChainAction | None
    local: tuple[str, ...]
    direction: str
    targets: tuple[Whom, ...]
    land: str
    energy: str
    environment: str
    zones: tuple[str, ...]
    department: str
    priority: int | None
    updated_on: date | None

    @property
    def segment(self) -> str:
        return f"{self.node}：{'、'.join(self.products)}" if self.products else self.node

    @property
    def status(self) -> str:
        state = STATE_LABELS[self.state] if self.state else "未评估"
        return f"{state}；{'、'.join(self.local)}" if self.local else state

    @property
    def requirements(self) -> str:
        named = (("用地", self.land), ("能耗", self.energy), ("环境", self.environment))
        return "；".join(f"{label}：{said}" for label, said in named if said)

    @property
    def companies(self) -> str:
        return "\n".join(one.words for one in self.targets)


#: heading → (width in characters on paper, how a row reads); the number of the row stands before them.
COLUMNS: tuple[tuple[str, int, Any], ...] = (
    ("产业链", 12, lambda r: r.chain),
    ("环节", 7, lambda r: POSITION_LABELS[r.position]),
    ("细分领域/产品", 20, lambda r: r.segment),
    ("类别", 7, lambda r: ACTION_LABELS[r.action] if r.action else ""),
    ("本地现状（代表企业）", 18, lambda r: r.status),
    ("招引方向", 20, lambda r: r.direction),
    ("靶向企业（所在地、行业地位、对接部门和人）", 30, lambda r: r.companies),
    ("用地/能耗/环境要求", 18, lambda r: r.requirements),
    ("适宜承载园区", 14, lambda r: "、".join(r.zones)),
    ("牵头部门", 10, lambda r: r.department),
    ("优先级", 7, lambda r: f"{r.priority} 级" if r.priority else ""),
    ("更新时间", 11, lambda r: r.updated_on.isoformat() if r.updated_on else ""),
)


def cells(rows: Iterable[Row]) -> list[list[str]]:
    """The thirteen columns of every row as text."""
    return [[str(at), *(read(row) for _, _, read in COLUMNS)] for at, row in enumerate(rows, 1)]


# --- what people write --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryDraft:
    direction: str = ""
    land: str = ""
    energy: str = ""
    environment: str = ""
    zone_codes: tuple[str, ...] = ()
    lead_department: str = ""


def check_note(note: str) -> str:
    said = note.strip()
    if len(said) < 2:
        raise RuleBroken("发布说明没有填。请写明这一版因何发布，如会议或文件。", "note")
    return said


def named(of_city: bool, decided: bool | None) -> bool:
    """Whether the city's catalogue names a target: as the bureau decided, else its own are named and a zone's are not."""
    return of_city if decided is None else decided


# --- frozen -------------------------------------------------------------------------------------------


def frozen(row: Row) -> dict[str, Any]:
    """A row as a release keeps it: JSON alone."""
    said = asdict(row)
    codes = {key: said[key].value if said[key] else None for key in ("position", "state", "action")}
    lists = {key: list(said[key]) for key in ("products", "local", "zones", "targets")}
    return said | codes | lists | {"updated_on": row.updated_on.isoformat() if row.updated_on else None}


def thawed(kept: Mapping[str, Any]) -> Row:
    said = dict(kept)
    said |= {key: tuple(said[key]) for key in ("products", "local", "zones")}
    said["targets"] = tuple(Whom(**one) for one in said["targets"])
    said["position"] = Position(said["position"])
    said["state"] = NodeState(said["state"]) if said["state"] else None
    said["action"] = ChainAction(said["action"]) if said["action"] else None
    said["updated_on"] = date.fromisoformat(said["updated_on"]) if said["updated_on"] else None
    return Row(**said)


# --- what differs -------------------------------------------------------------------------------------

_COMPARED: tuple[tuple[str, Any], ...] = (
    ("类别", lambda r: ACTION_LABELS[r.action] if r.action else ""),
    ("强弱", lambda r: STATE_LABELS[r.state] if r.state else ""),
    ("优先级", lambda r: f"{r.priority} 级" if r.priority else ""),
    ("招引方向", lambda r: r.direction),
    ("要求", lambda r: r.requirements),
    ("牵头部门", lambda r: r.department),
)
_LISTED: tuple[tuple[str, Any], ...] = (
    ("产品", lambda r: r.products),
    ("代表企业", lambda r: r.local),
    ("靶向企业", lambda r: tuple(one.name for one in r.targets)),
    ("承载园区", lambda r: r.zones),
)


def changes(before: Sequence[Row], after: Sequence[Row]) -> list[str]:
    """What the later catalogue says otherwise, link by link in its order; those that left it stand at the end."""
    known = {row.node_code: row for row in before}
    found = []
    for row in after:
        old = known.pop(row.node_code, None)
        if old is None:
            found.append(f"新增 {row.chain}“{row.node}”")
        elif said := _changed(old, row):
            found.append(f"{row.chain}“{row.node}”：{'；'.join(said)}")
    return [*found, *(f"去掉 {row.chain}“{row.node}”" for row in known.values())]


def _changed(old: Row, new: Row) -> list[str]:
    said = [
        f"{label}由“{was or '空'}”改为“{now or '空'}”"
        for label, read in _COMPARED
        if (was := read(old)) != (now := read(new))
    ]
    for label, read in _LISTED:
        was, now = read(old), read(new)
        more = [one for one in now if one not in was]
        less = [one for one in was if one not in now]
        said += [f"{label}增加 {'、'.join(more)}"] if more else []
        said += [f"{label}去掉 {'、'.join(less)}"] if less else []
    return said
