"""`flask targets rank`."""

import json
from time import perf_counter

import click
from flask.cli import AppGroup

from crm.accounts import queries as accounts
from crm.core import clock, memo
from crm.core.actor import Actor
from crm.core.errors import Forbidden, NotFound
from crm.projects import queries as projects
from crm.targeting import shapes
from crm.targeting.queries import ranking
from crm.targeting.queries.ranking import Ranking
from crm.targeting.queries.scoring import NodeFacts

targets = AppGroup("targets", help="靶向企业。")


@targets.command("rank")
@click.argument("node")
@click.option("--zone", help="按哪个开发区的人脉（代码），默认全市。")
@click.option("--as", "login", help="以谁的岗位查看，默认全市。")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="列出前几家。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def rank(node: str, zone: str | None, login: str | None, limit: int, as_json: bool) -> None:
    """把企业库按一个产业链环节（NODE 为环节代码）排名：缺口、适配、可达、动向、距离，每项写明依据。"""
    memo.begin()
    try:
        actor, found = _actor(login), _node(node)
        zone_id = _zone_id(actor, zone)
        began = perf_counter()
        ranked = ranking.rank(actor, found, clock.today(), zone_id=zone_id, most=limit)
        took = perf_counter() - began
    except Forbidden as refused:
        raise click.ClickException(refused.message) from refused
    finally:
        memo.end()
    if as_json:
        click.echo(json.dumps(shapes.ranking(ranked, found, zone), ensure_ascii=False, indent=1))
        return
    for line in _words(ranked, found):
        click.echo(line)
    click.echo(f"排名用时 {took * 1000:.0f} 毫秒（不含程序启动）", err=True)


def _actor(login: str | None) -> Actor:
    if login is None:
        return accounts.system()
    actor = accounts.actor_by_login(login, clock.today())
    if actor is None:
        raise click.ClickException(f"没有登录名为 {login} 的在岗账号，请核对 --as。")
    return actor


def _node(code: str) -> NodeFacts:
    try:
        return ranking.node(code)
    except NotFound as missing:
        raise click.ClickException(f"没有代码为 {code} 的产业链环节，请核对。") from missing


def _zone_id(actor: Actor, code: str | None) -> int | None:
    if code is None:
        return None
    zone = next((z for z in projects.zones(actor) if z.code == code), None)
    if zone is None:
        raise click.ClickException(f"没有代码为 {code} 的开发区，或不在您的范围内。请核对 --zone。")
    return zone.id


def _words(ranked: Ranking, node: NodeFacts) -> list[str]:
    lines = [f"{node.chain} › {node.name}  参加排名 {ranked.total} 家，行业不相符未列入 {ranked.left_out} 家"]
    if ranked.why:
        lines.append(f"为何排第一  {ranked.why}")
    for row in ranked.rows:
        lines.append(f"{row.place:>4}  {row.total:>5}  {row.company.name}")
        lines += [f"            {p.code.label} {p.points}  {p.words}" for p in row.parts]
    return lines


groups = [targets]
