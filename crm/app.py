"""The application: configuration, extensions, one table of blueprints. It refuses to start with an unguarded route."""

import logging
import sys
from importlib import import_module
from typing import Any

from flask import Flask, g, url_for
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from crm.accounts import permissions as p
from crm.accounts import session as sessions
from crm.core import config, crypto, lengths, schema
from crm.core import db as database
from crm.core.config import Config, ConfigError
from crm.core.db import db
from crm.dashboard.queries import badges
from crm.notices import channels
from crm.web import api, errors, filters, guard, health, nav, security

#: Features with pages: `crm.<name>.views` has a blueprint `bp`.
BLUEPRINTS = (
    "accounts",
    "units",
    "settings",
    "audit",
    "notices",
    "tasks",
    "zones",
    "chains",
    "companies",
    "projects",
    "followups",
    "visits",
    "filings",
    "assignments",
    "pipeline",
    "quotas",
    "targeting",
    "imports",
    "exports",
    "weekly",
    "dashboard",
)

#: Features with API operations: `crm.<name>.api` has a smorest blueprint `blp`.
APIS = (
    "companies",
    "projects",
    "visits",
    "followups",
    "filings",
    "assignments",
    "pipeline",
    "quotas",
    "targeting",
    "weekly",
    "zones",
    "chains",
)

#: Features with commands: `crm.<name>.commands` has `groups`, a list of click commands.
COMMANDS = ("accounts", "units", "tasks", "imports", "quotas", "targeting", "weekly", "reference", "demo")

NAV = (
    nav.Group("", (nav.Item("今日", "today", "dashboard.home"),)),
    nav.Group(
        "招商",
        (
            nav.Item("企业", "company", "companies.index", (p.PROJECT_SEE,)),
            nav.Item("产业链", "chain", "chains.index", (p.PROJECT_SEE,)),
            nav.Item("靶向企业", "target", "targeting.index", (p.PROJECT_SEE,)),
            nav.Item(
                "项目",
                "project",
                "projects.index",
                (p.PROJECT_SEE,),
                badge="projects",
                also=("accounts.views",),
            ),
            nav.Item("走访", "visit", "visits.index", (p.PROJECT_SEE,)),
            nav.Item("跟进", "follow", "followups.index", (p.PROJECT_SEE,), badge="followups"),
            nav.Item("日历", "calendar", "followups.calendar", (p.PROJECT_SEE,)),
        ),
    ),
    nav.Group(
        "进度",
        (
            nav.Item("推进", "board", "pipeline.board", (p.PROJECT_SEE,)),
            nav.Item("配额", "quota", "quotas.board", (p.BOARD_SEE,)),
            nav.Item("周报", "weekly", "weekly.index", (p.BOARD_SEE,)),
            nav.Item("月度投资", "invest", "pipeline.investments", (p.PROJECT_SEE,)),
        ),
    ),
    nav.Group(
        "协同",
        (
            nav.Item("诉求", "users", "followups.demands", (p.PROJECT_SEE,), badge="demands"),
            nav.Item("升级", "up", "followups.escalated", (p.PROJECT_SEE,), badge="escalations"),
            nav.Item("报备", "lock", "filings.index", (p.PROJECT_SEE,), badge="filings"),
            nav.Item("查重命中", "target", "filings.hits", (p.RECOGNISE,)),
            nav.Item("流转", "right", "filings.transfers", (p.ASSIGN_SEE,), badge="transfers"),
            nav.Item("挂钩", "lead", "assignments.index", (p.ASSIGN_SEE,)),
            nav.Item(
                "认定",
                "stamp",
                "pipeline.queue",
                (p.RECOGNISE, p.MILESTONE_SUBMIT),
                badge="recognition",
                also=("pipeline.recognise", "pipeline.return_", "pipeline.revoke", "pipeline.redate"),
            ),
            nav.Item(
                "核对",
                "filing",
                "pipeline.truth",
                (p.RECOGNISE, p.MILESTONE_SUBMIT),
                badge="truth",
                also=("pipeline.truth_question", "pipeline.ask_truth"),
            ),
            nav.Item("导入", "import", "imports.index", (p.IMPORT_RUN,)),
            nav.Item("导出", "export", "exports.index", (p.EXPORT,)),
        ),
    ),
)

NAV_FOOT = (
    nav.Group(
        "管理",
        (
            nav.Item(
                "本板块人员", "person", "accounts.team", (p.ZONE_INVITE,), note="邀请本板块的人，停用离岗的人"
            ),
            nav.Item(
                "移交", "out", "assignments.handovers", (p.ASSIGN,), note="离岗人员的项目、企业、跟进交给同事"
            ),
            nav.Item(
                "方案与配额",
                "plan",
                "zones.plans",
                (p.PLAN_EDIT,),
                note="年度配额、计入的里程碑，复制成新方案",
            ),
            nav.Item("开发区", "unit", "zones.index", (p.PLAN_EDIT,), note="开发区的事实和别名"),
            nav.Item(
                "规则设置",
                "settings",
                "settings.index",
                (p.PLAN_EDIT, p.ADMIN_SYSTEM),
                note="门槛、时限、权重，每次改动留历史",
            ),
            nav.Item("推进条件", "check", "pipeline.gates", (p.PLAN_EDIT,), note="每个阶段要有什么才能推进"),
            nav.Item(
                "账号", "person", "accounts.users", (p.ADMIN_ACCOUNTS,), note="新建、停用账号，提请岗位"
            ),
            nav.Item(
                "岗位确认", "key", "accounts.pending_posts", (p.ADMIN_RIGHTS,), note="确认或退回岗位的变动"
            ),
            nav.Item(
                "权限表", "key", "accounts.rights", (p.ADMIN_RIGHTS,), note="每种岗位能做什么、管到哪里"
            ),
            nav.Item("机构", "unit", "units.index", (p.ADMIN_UNITS,), note="机构树：市、县区、开发区、科室"),
            nav.Item("领导", "lead", "units.leaders", (p.ADMIN_UNITS, p.ASSIGN), note="领导名册和职务排序"),
            nav.Item(
                "定时任务", "settings", "tasks.jobs", (p.ADMIN_SYSTEM,), note="定时任务的结果，立即运行"
            ),
            nav.Item(
                "消息渠道", "bell", "notices.channels", (p.ADMIN_SYSTEM,), note="邮件和机器人，发出没有"
            ),
            nav.Item("审计", "audit", "audit.index", (p.AUDIT_READ,), note="谁在什么时候做了什么"),
        ),
    ),
)

_MENU = (*NAV, *NAV_FOOT)


def create_app(settings: Config | None = None, **overrides: Any) -> Flask:
    """Builds the app from CRM_* settings; a wrong one ends the process with one line."""
    try:
        conf = settings or config.load()
        channels.check(conf)
    except ConfigError as error:
        print(f"配置错误：{error}", file=sys.stderr)
        raise SystemExit(2) from error
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config.update(
        CRM=conf,
        SECRET_KEY=conf.secret_key,
        SQLALCHEMY_DATABASE_URI=conf.database_url,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=conf.production,
        MAX_CONTENT_LENGTH=210 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
        JSON_AS_ASCII=False,
        **overrides,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if conf.production:
        # One trusted gateway ends TLS in front of the app; see docs/howto/deploy.md.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    crypto.configure(conf)
    schema.load()
    _extensions(app)
    _features(app)
    guard.refuse_unguarded(app)
    return app


def _extensions(app: Flask) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    db.init_app(app)
    with app.app_context():
        database.prepare(db.engine)
    lengths.install(db.session)
    Migrate(app, db, directory="migrations", render_as_batch=True)
    app.extensions["csrf"] = CSRFProtect(app)
    security.install(app)
    sessions.install(app)
    errors.install(app)
    filters.install(app)
    app.context_processor(_page_context)


def _features(app: Flask) -> None:
    app.register_blueprint(health.bp)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"crm.{name}.views").bp)
    api.install(app, [import_module(f"crm.{name}.api").blp for name in APIS])
    for name in COMMANDS:
        for command in import_module(f"crm.{name}.commands").groups:
            app.cli.add_command(command)


def _page_context() -> dict[str, Any]:
    """What every page's frame shows. One query for the counts, none where nobody is signed in."""
    actor = guard.optional()
    if actor is None:
        return {"me": None, "can": lambda verb: False}
    counts, here = badges(actor), nav.here(_MENU)
    shown = nav.build(NAV, actor, counts, here)
    return {
        "me": actor,
        "posts": g.get("posts", ()),
        "post_id": actor.post_id,
        "can": actor.can,
        "nav": shown,
        "nav_entries": nav.by_icon(shown),
        "nav_foot": nav.build(NAV_FOOT, actor, counts, here),
        "new_visit_url": url_for("visits.new") if actor.can(p.VISIT_LOG) else "",
        "messages_url": url_for("notices.index"),
        "escalated": counts.get("escalations", (0, False))[0],
        "unread": counts.get("notices", (0, False))[0],
    }
