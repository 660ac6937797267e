"""What a list of target companies is held against: links of the chains by name, people by name, targets there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from crm.accounts.models import User
from crm.chains.models import Chain, ChainNode
from crm.companies import queries as companies
from crm.companies.models import CompanyLink
from crm.companies.rules import LinkProgress
from crm.core.db import db
from crm.core.folding import nfkc
from crm.core.idsets import among
from crm.targeting.models import Target
from crm.targeting.rules.targets import EntryKind


def _fold(written: str) -> str:
    return "".join(nfkc(written).lower().split())


@dataclass(frozen=True, slots=True)
class NodeNames:
    """Links in use by folded name (and code); a name that several chains have needs its chain."""

    by_name: dict[str, list[tuple[int, str]]]

    def find(self, node: str, chain: str) -> int | None:
        """The one link of that name, or of the last part of "新材料/碳纤维"; None where none or several would do."""
        for written in (node, *reversed(node.replace("›", "/").replace("-", "/").split("/"))):
            found = self.by_name.get(_fold(written), []) if written.strip() else []
            if chain and len(found) > 1:
                found = [pair for pair in found if _fold(chain) in pair[1] or pair[1] in _fold(chain)]
            if len(found) == 1:
                return found[0][0]
        return None


def node_names() -> NodeNames:
    rows = db.session.execute(
        select(ChainNode.id, ChainNode.code, ChainNode.name, Chain.name)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(ChainNode.active, Chain.active)
        .order_by(ChainNode.id)
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for node_id, code, name, chain in rows:
        bare = _fold(name).split("(", 1)[0]
        for key in dict.fromkeys((_fold(name), bare, code.lower())):
            found.setdefault(key, []).append((node_id, _fold(chain)))
    return NodeNames(found)


def people(zone_id: int | None, today: date) -> dict[str, int]:
    """Ids of those who may own a target by their name; a name that two people bear is nobody's."""
    found: dict[str, int] = {}
    twice: set[str] = set()
    for user_id, name in companies.owners(zone_id, today):
        if name in found:
            twice.add(name)
        found[name] = user_id
    return {name: user_id for name, user_id in found.items() if name not in twice}


def targets_of(zone_id: int | None, company_ids: Iterable[int]) -> dict[int, dict[int | None, int]]:
    """Company id → node id → target id, of one zone's list (None: the city's)."""
    ids = sorted(set(company_ids))
    rows = db.session.execute(
        select(Target.company_id, Target.node_id, Target.id).where(
            among(Target.company_id, ids), Target.zone_id.is_not_distinct_from(zone_id)
        )
    )
    found: dict[int, dict[int | None, int]] = {}
    for company_id, node_id, target_id in rows:
        found.setdefault(company_id, {})[node_id] = target_id
    return found


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What a target says now, as a list is held against it."""

    id: int
    progress: LinkProgress
    entry_kind: EntryKind | None
    entry_note: str
    standing: str
    owner_id: int | None
    owner: str
    converted: bool


def facts_of(target_ids: Iterable[int]) -> dict[int, TargetFacts]:
    rows = db.session.execute(
        select(
            Target.id,
            Target.progress,
            Target.entry_kind,
            Target.entry_note,
            Target.standing,
            Target.owner_id,
            func.coalesce(User.name, ""),
            Target.project_id.is_not(None),
        )
        .outerjoin(User, User.id == Target.owner_id)
        .where(among(Target.id, sorted(set(target_ids))))
    )
    return {row[0]: TargetFacts(*row) for row in rows}


def links_of(zone_id: int | None, company_ids: Iterable[int]) -> dict[int, CompanyLink]:
    """The zone's links by company id (None: the city's)."""
    rows = db.session.scalars(
        select(CompanyLink).where(
            among(CompanyLink.company_id, sorted(set(company_ids))),
            CompanyLink.zone_id.is_not_distinct_from(zone_id),
        )
    )
    return {link.company_id: link for link in rows}
