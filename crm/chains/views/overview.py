"""What a chain looks like: the list of chains, one chain's picture and table, and its pipeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.chains import actions, queries, rules
from crm.chains.forms import ChainForm
from crm.chains.models import Chain
from crm.chains.queries import NodeRow
from crm.chains.views import bp, chain_or_404
from crm.core import clock
from crm.core.actor import Actor
from crm.projects import queries as projects
from crm.targeting import queries as targeting
from crm.targeting import rules as targets
from crm.targeting.queries.plans import leading_codes, zone_chains
from crm.web import conflicts, edges, guard
from crm.zones import queries as zones


@bp.get("/chains/nodes/lookup")
@guard.signed_in
def lookup_nodes() -> Any:
    found = queries.lookup_nodes(request.args.get("q", ""))
    return jsonify([{"id": n.id, "label": n.name, "note": n.parent_name or n.chain_name} for n in found])


def _zone_asked(actor: Actor) -> tuple[str, int | None, Sequence[Any]]:
    """The zone a reader of several narrows the page to: its code, its id, and what he may choose from.

    One zone's people read their own: a project they may only look at, say one they handed over, is not theirs to count.
    """
    offered = projects.zones(actor)
    code = offered[0].code if len(offered) == 1 else request.args.get("zone", "")
    return next(((z.code, z.id, offered) for z in offered if z.code == code), ("", None, offered))


@dataclass(frozen=True, slots=True)
class AllSeen:
    """Every chain with what stands at its links, by chain id, of one zone where the address asks for it."""

    rows: Sequence[queries.ChainRow]
    states: Mapping[int, queries.States]
    companies: Mapping[int, targets.Companies]
    projects: Mapping[int, targets.Line]
    bare: Mapping[int, int]
    leading: Mapping[int, Sequence[str]]
    zone: str
    offered: Sequence[Any]

    @property
    def gaps(self) -> int:
        return sum(self.states[row.id].gaps for row in self.rows if row.id in self.states)

    @property
    def unsought(self) -> int:
        return sum(self.bare.get(row.id, 0) for row in self.rows)


def all_seen(actor: Actor) -> AllSeen:
    zone, zone_id, offered = _zone_asked(actor)
    return AllSeen(
        queries.chains(),
        queries.states(clock.today()),
        targeting.companies_by_chain(actor, zone_id),
        targeting.projects_by_chain(actor, zone_id),
        targeting.bare_by_chain(actor, zone_id),
        leading_codes(),
        zone,
        offered,
    )


@bp.get("/chains")
@guard.requires(permissions.PROJECT_SEE)
def index() -> Any:
    return render_template(
        "chains/index.html",
        seen=all_seen(guard.current()),
        no_states=queries.States(),
        zone_names={z.code: z.short_name for z in zones.all_names()},
        to_assess=len(queries.due(clock.today())),
    )


def _directions(nodes: Sequence[NodeRow]) -> Mapping[int, rules.ChainAction | None]:
    return {n.id: n.action for n in nodes}


@dataclass(frozen=True, slots=True)
class Seen:
    """A chain's links with what stands at them, of one zone where the address asks for it."""

    chain: Chain
    nodes: Sequence[NodeRow]
    companies: Mapping[int, targets.Companies]
    live: targets.Pipeline
    zone: str
    zone_id: int | None
    offered: Sequence[Any]

    def directions(self) -> list[targets.Direction]:
        """Groups of links stand in them only where a company or a project does."""
        standing = [
            targets.Node(n.id, n.action, n.priority, n.state)
            for n in self.nodes
            if n.leaf or n.id in self.companies or n.id in self.live.nodes
        ]
        return targets.directions(standing, self.companies, self.live)


def seen(actor: Actor, code: str, *, retired: bool = False) -> Seen:
    chain = chain_or_404(code)
    zone, zone_id, offered = _zone_asked(actor)
    nodes = queries.nodes(chain.id, retired=retired)
    companies = targeting.companies_by_node(actor, chain.id, zone_id)
    live = targeting.pipeline(actor, chain.id, _directions(nodes), zone_id)
    return Seen(chain, nodes, companies, live, zone, zone_id, offered)


@bp.get("/chains/<code>")
@guard.requires(permissions.PROJECT_SEE)
def show(code: str) -> Any:
    actor, today = guard.current(), clock.today()
    shown = seen(actor, code, retired=actor.can(permissions.PLAN_EDIT))
    chain, nodes = shown.chain, shown.nodes
    as_list = request.args.get("view") == "list"
    landing = targeting.landing(actor, chain.id)
    landed = next((p for p in landing if p.code == request.args.get("with")), None)
    return render_template(
        "chains/list.html" if as_list else "chains/show.html",
        chain=chain,
        nodes=nodes,
        tree=_tree([n for n in nodes if n.active]),
        counted=_states(nodes),
        expired=sum(n.leaf and n.active and n.expired(today) for n in nodes if n.state),
        companies=shown.companies,
        live=shown.live,
        zone=shown.zone,
        zones=shown.offered,
        landing=landing,
        zone_roles=zone_chains(chain_id=chain.id),
        landed=landed,
        after=_after(nodes, landed),
        today=today,
    )


def _tree(nodes: Sequence[NodeRow]) -> list[tuple[rules.Position, list[tuple[NodeRow, list[NodeRow]]]]]:
    """Positions from upstream to supporting, each with its groups and their leaves; a group without leaves is its own leaf."""
    groups: dict[int, tuple[NodeRow, list[NodeRow]]] = {}
    top: dict[int, int] = {}
    for node in nodes:
        root = top.get(node.parent_id or 0, node.id)
        top[node.id] = root
        if root == node.id:
            groups[root] = (node, [])
        if node.leaf:
            groups[root][1].append(node)
    return [
        (position, [g for g in groups.values() if g[0].position is position]) for position in rules.Position
    ]


def _states(nodes: Sequence[NodeRow]) -> dict[rules.NodeState | None, int]:
    """How many links of the chain are in which state; groups of links are no links."""
    found: dict[rules.NodeState | None, int] = {}
    for node in nodes:
        if node.leaf and node.active:
            found[node.state] = found.get(node.state, 0) + 1
    return found


def _after(
    nodes: Sequence[NodeRow], landed: targeting.Landing | None
) -> Mapping[int, rules.NodeState | None]:
    """The states if the project landed: node id → state, for the one node it changes."""
    if landed is None:
        return {}
    node = next((n for n in nodes if n.id == landed.node_id), None)
    return {node.id: rules.state_with(node.state, 1)} if node else {}


@dataclass(frozen=True, slots=True)
class LeadSeen:
    """The three lists of a chain leader's page, of one zone where the address asks for it."""

    chain: Chain
    zone: str
    zone_id: int | None
    offered: Sequence[Any]

    def gaps(self) -> Sequence[queries.Gap]:
        return queries.gaps(self.chain.id)

    def companies(self, actor: Actor) -> Mapping[int, targets.Companies]:
        return targeting.companies_by_node(actor, self.chain.id, self.zone_id)

    def stuck(self, actor: Actor, today: date) -> Sequence[targeting.StuckProject]:
        return targeting.stuck(actor, self.chain.id, today, self.zone_id)

    def approached(self, actor: Actor) -> Sequence[targeting.TargetRow]:
        return targeting.approached(actor, self.chain.id, self.zone_id)


def lead_seen(actor: Actor, code: str) -> LeadSeen:
    return LeadSeen(chain_or_404(code), *_zone_asked(actor))


@bp.get("/chains/<code>/lead")
@guard.requires(permissions.PROJECT_SEE)
def lead(code: str) -> Any:
    """What the chain's leader (链长) asks: where it is broken, whom we approach for that, what does not move."""
    actor, today = guard.current(), clock.today()
    shown = lead_seen(actor, code)
    return render_template(
        "chains/lead.html",
        chain=shown.chain,
        gaps=shown.gaps(),
        companies=shown.companies(actor),
        approached=shown.approached(actor),
        stuck=shown.stuck(actor, today),
        live=targeting.pipeline(actor, shown.chain.id, {}, shown.zone_id),
        zone=shown.zone,
        zones=shown.offered,
        today=today,
    )


@bp.route("/chains/<code>/edit", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def edit(code: str) -> Any:
    chain, actor = chain_or_404(code), guard.current()
    form, back = ChainForm.of(chain), url_for("chains.show", code=code)
    if conflicts.stale(form, chain.version):
        theirs = ChainForm.of(chain, formdata=None)
        return conflicts.page(form, theirs, record=chain.name, version=chain.version, record_url=back)
    if form.validate_on_submit() and edges.attempt(form, lambda: _edit_chain(actor, chain, form)):
        flash("产业链已保存。", "ok")
        return redirect(back)
    return render_template("chains/edit.html", form=form, chain=chain), 422 if form.is_submitted() else 200


def _edit_chain(actor: Actor, chain: Chain, form: ChainForm) -> None:
    actions.edit_chain(
        actor,
        chain,
        name=str(form.name.data).strip(),
        lead_name=str(form.lead_name.data or ""),
        note=str(form.note.data or ""),
        source=str(form.source.data or ""),
    )
