"""Who may do what: the table of domain roles, as data with one reader.

Reach of a verb: Z own zone, D zones of the own county, A assigned or granted, C the whole city. A role that is not
named for a verb never has it. The table is held by `tests/accounts/test_permissions.py`, routes by `tests/test_routes.py`.
"""

from collections.abc import Mapping

from crm.core.actor import Role, Scope

PROJECT_SEE = "project.see"
PROJECT_WRITE = "project.write"
VISIT_LOG = "visit.log"
PHONE_REVEAL = "phone.reveal"
STAGE_MOVE = "stage.move"
MILESTONE_SUBMIT = "milestone.submit"
FILING_WRITE = "filing.write"
IMPORT_RUN = "import.run"
RECOGNISE = "recognise"
ZONE_ASSIGN = "zone.assign"
STATUS_PROPOSE = "status.propose"
STATUS_APPROVE = "status.approve"
TERMINATE_PROPOSE = "terminate.propose"
TERMINATE_APPROVE = "terminate.approve"
ASSIGN_SEE = "assign.see"
ASSIGN = "assign"
WEEKLY_SIGN = "weekly.sign"
OPINION = "opinion"
INSTRUCT = "instruct"
PLAN_EDIT = "plan.edit"
COMPANY_MERGE = "company.merge"
EXPORT = "export"
BOARD_SEE = "board.see"
ZONE_INVITE = "zone.invite"
CHAIN_PLAN_SUBMIT = "chain_plan.submit"
ADMIN_ACCOUNTS = "admin.accounts"
ADMIN_UNITS = "admin.units"
ADMIN_SYSTEM = "admin.system"
ADMIN_RIGHTS = "admin.rights"
AUDIT_READ = "audit.read"

#: Columns in this order: officer, specialist, chief, county, dept, bureau, leader. "-" is never.
_BUSINESS: dict[str, tuple[str, str]] = {
    PROJECT_SEE: ("查看项目、走访、跟进", "ZAZDACC"),
    PROJECT_WRITE: ("维护企业联系、项目、进展", "Z-Z--C-"),
    VISIT_LOG: ("记走访、跟进、附件", "ZAZD-C-"),
    PHONE_REVEAL: ("查看完整电话（留痕）", "ZAZ--C-"),
    STAGE_MOVE: ("推进阶段", "Z-Z--C-"),
    MILESTONE_SUBMIT: ("申报里程碑", "Z-Z--C-"),
    FILING_WRITE: ("报备", "Z-Z--C-"),
    IMPORT_RUN: ("导入", "Z-Z--C-"),
    RECOGNISE: ("认定、退回、撤销、月度结账、裁定", "-----C-"),
    ZONE_ASSIGN: ("指定落地板块", "-----C-"),
    STATUS_PROPOSE: ("提出搁置、流失、退回阶段", "Z-Z--C-"),
    STATUS_APPROVE: ("同意搁置、流失、退回阶段", "--Z--C-"),
    TERMINATE_PROPOSE: ("提出签约后终止、认领", "Z-Z--C-"),
    TERMINATE_APPROVE: ("同意签约后终止、认领", "-----C-"),
    ASSIGN_SEE: ("查看挂钩安排", "Z-ZD-CC"),
    ASSIGN: ("安排挂钩领导与责任人、交接", "--Z--C-"),
    WEEKLY_SIGN: ("签发周报、批准大批量导出", "--Z--C-"),
    OPINION: ("出具书面意见", "--ZDAC-"),
    INSTRUCT: ("批示", "--ZD-CC"),
    PLAN_EDIT: ("维护方案、配额、产业链、阈值、时限", "-----C-"),
    COMPANY_MERGE: ("合并企业档案", "-----C-"),
    EXPORT: ("导出所见", "ZAZD-CC"),
    BOARD_SEE: ("查看配额与周报", "Z-ZD-CC"),
    ZONE_INVITE: ("邀请本板块人员", "--Z----"),
    CHAIN_PLAN_SUBMIT: ("提交产业链招商规划", "--Z----"),
}

_COLUMNS = (Role.OFFICER, Role.SPECIALIST, Role.CHIEF, Role.COUNTY, Role.DEPT, Role.BUREAU, Role.LEADER)

_ADMIN: dict[str, tuple[str, Role]] = {
    ADMIN_ACCOUNTS: ("管理账号、提出岗位", Role.SYSADMIN),
    ADMIN_UNITS: ("管理机构", Role.SYSADMIN),
    ADMIN_SYSTEM: ("系统配置、定时任务、备份", Role.SYSADMIN),
    ADMIN_RIGHTS: ("确认岗位、查看权限表", Role.SECADMIN),
    AUDIT_READ: ("查阅审计", Role.AUDITOR),
}

LABELS: dict[str, str] = {v: label for v, (label, _) in _BUSINESS.items()} | {
    v: label for v, (label, _) in _ADMIN.items()
}


def _table() -> dict[Role, dict[str, Scope]]:
    table: dict[Role, dict[str, Scope]] = {role: {} for role in Role}
    for verb, (_, row) in _BUSINESS.items():
        for role, mark in zip(_COLUMNS, row, strict=True):
            if mark != "-":
                table[role][verb] = Scope(mark)
    for verb, (_, role) in _ADMIN.items():
        table[role][verb] = Scope.CITY
    return table


_TABLE = _table()
ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR})


def scopes_of(role: Role) -> Mapping[str, Scope]:
    """Every verb this role holds, with its reach."""
    return _TABLE[role]
