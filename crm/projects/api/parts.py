"""Progress, attachments and credit shares of a project."""

from typing import Any

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE, VISIT_LOG, ZONE_ASSIGN
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.projects import actions, queries
from crm.projects.api import blp, shapes
from crm.projects.rules import AttachmentKind
from crm.projects.rules.credits import ShareDraft
from crm.projects.rules.drafts import ProgressDraft
from crm.projects.views import files
from crm.web import api, edges, guard


@blp.get("/projects/<code>/progress")
@guard.requires(PROJECT_SEE)
def list_progress(code: str) -> Any:
    """进展，新的在前。"""
    project = queries.find(guard.current(), code)
    notes = queries.notes_of(project.id, 100)
    return {
        "items": [
            {
                "on": n.on.isoformat(),
                "week": n.week,
                "by": n.by,
                "done": n.done,
                "problem": n.problem,
                "next_step": n.next_step,
            }
            for n in notes
        ]
    }


@blp.post("/projects/<code>/progress")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.Progress)
def add_progress(sent: dict[str, Any], code: str) -> Any:
    """填写进展；done、problem、next_step 至少一项。"""
    actor = guard.current()
    project = queries.find(actor, code, PROJECT_WRITE)
    draft = ProgressDraft(sent["on"] or clock.today(), sent["done"], sent["problem"], sent["next_step"])
    note = actions.add_progress(actor, project, draft, clock.now())
    edges.commit()
    return {"id": note.id, "on": note.on.isoformat(), "week": note.week}, 201


@blp.get("/projects/<code>/attachments")
@guard.requires(PROJECT_SEE)
def list_attachments(code: str) -> Any:
    """文件；投资方对当前岗位保密的项目不列出。"""
    record = queries.record(guard.current(), code)
    files = queries.attachments_of(record.project.id) if record.disclosed else ()
    return {"items": [shapes.file(row) for row in files]}


@blp.post("/projects/<code>/attachments")
@guard.requires(VISIT_LOG)
def add_attachment(code: str) -> Any:
    """上传文件（multipart：kind、file）。内容与扩展名要一致，查毒后保存。"""
    actor = guard.current()
    project = queries.find(actor, code, VISIT_LOG)
    kind, sent = api.sent_code("kind", AttachmentKind), api.sent_file("file")
    kept = actions.receive(actor, actions.owner_of(project).about, sent)
    made = actions.add_attachment(actor, project, kind, kept)
    edges.commit()
    return shapes.file(made), 201


@blp.post("/projects/<code>/attachments/<int:attachment_id>/remove")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.Reason)
def remove_attachment(sent: dict[str, Any], code: str, attachment_id: int) -> Any:
    """删除文件，写明原因；申报过的里程碑等所依据的不能删除。"""
    actor = guard.current()
    found, project = queries.attachment(actor, attachment_id, PROJECT_WRITE)
    if project.code != code:
        raise NotFound()
    files.remove_unheld(actor, project, found, sent["reason"])
    edges.commit()
    return "", 204


@blp.put("/projects/<code>/credits")
@guard.requires(ZONE_ASSIGN)
@blp.arguments(shapes.Credits)
def put_credits(sent: dict[str, Any], code: str) -> Any:
    """设定利益分享比例；各指标合计正好为 1，省略 indicator 表示全部指标。"""
    actor = guard.current()
    project = queries.find(actor, code, ZONE_ASSIGN)
    api.check_version(project.version, required=False)
    shares = [ShareDraft(_zone(line["zone"]), line["share"], line["indicator"]) for line in sent["shares"]]
    actions.set_credits(actor, project, sent["effective_on"], shares)
    edges.commit()
    return shapes.whole(actor, code)


def _zone(code: str) -> int:
    zone = queries.zone_by_code(code)
    if zone is None:
        raise RuleBroken(f"没有代码为 {code[:40]} 的开发区。", field="shares")
    return zone.id
