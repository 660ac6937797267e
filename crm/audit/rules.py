"""An act in words: the sentence of its code, the Chinese names of fields and values.

Features above may name values of their enums with `name_values`; a field or value nobody has named is shown as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.audit.codes import CODES

READ_VERB = "audit.read"
UNKNOWN = "—"
#: Looking is logged for the auditor; a record's own history tells what was done to it.
LOOKING = frozenset({"company.checked", "contact.revealed", "attachment.viewed", "export.made", "offline.taken"})

RESULTS = {"ok": "成功", "refused": "被拒绝", "failed": "失败"}

SUBJECTS = {
    "user": "账号",
    "post": "岗位",
    "token": "接口令牌",
    "unit": "机构",
    "leader": "领导",
    "setting": "设置",
    "calendar": "工作日历",
    "job": "定时任务",
    "zone": "开发区",
    "plan": "方案",
    "quota": "配额",
    "chain": "产业链",
    "chain_node": "环节",
    "catalogue": "产业招商指导目录",
    "zone_chain": "开发区产业链",
    "chain_plan": "产业链招商规划",
    "company": "企业",
    "company_link": "企业联系",
    "link": "企业联系",
    "contact": "联系人",
    "target": "靶向企业",
    "campaign": "招商专题",
    "project": "项目",
    "phase": "分期",
    "attachment": "文件",
    "followup": "跟进",
    "filing": "报备",
    "transfer": "流转",
    "pool_claim": "共享池认领",
    "feed": "日历订阅",
    "outbox": "站外消息",
    "account": "账号",
    "visit": "走访",
    "occasion": "外出、接待或活动",
    "station_day": "驻点日",
    "absence": "查岗离岗",
    "assignment": "挂钩",
    "handover": "移交",
    "milestone": "里程碑",
    "period": "月度",
    "gate_rule": "推进条件",
    "investment": "月度投资",
    "import": "导入",
    "import_batch": "导入",
    "export": "导出",
    "audit": "审计记录",
    "page": "页面",
}

#: Field → what people call it; "subject.field" where one name means different things. Features add theirs here.
LABELS: dict[str, str] = {
    "filed_at": "报备时间",
    "contact_on": "首次接触",
    "protected_until": "保护期至",
    "extension": "延期",
    "chosen": "投资方选择",
    "end_kind": "结束原因",
    "to_zone": "接收板块",
    "entry_kind": "切入点",
    "entry_note": "切入点说明",
    "standing": "企业地位",
    "signal": "扩张动向",
    "value": "值",
    "name": "名称",
    "short_name": "简称",
    "title": "职务",
    "login": "登录名",
    "role": "角色",
    "active": "启用",
    "starts_on": "起始日期",
    "ends_on": "截止日期",
    "unit_id": "机构",
    "parent_id": "上级",
    "user_id": "人员",
    "level": "级别",
    "rank": "排序",
    "sort": "排序",
    "code": "代码",
    "kind": "类型",
    "state": "状态",
    "status": "状态",
    "status_reason": "状态原因",
    "stage": "阶段",
    "tier": "分级",
    "zone": "板块",
    "zone_id": "板块",
    "company": "企业",
    "company_id": "企业",
    "company.name": "企业名称",
    "company.kind": "企业类型",
    "company.parent_id": "上级企业",
    "uscc": "统一社会信用代码",
    "old_reg_no": "原注册号",
    "listed_code": "上市代码",
    "region": "省市",
    "city": "城市",
    "address": "地址",
    "industry": "行业",
    "industry_code": "行业代码",
    "founded_on": "成立日期",
    "registered_capital": "注册资本 万元",
    "registered_capital_text": "注册资本（原文）",
    "business": "经营范围",
    "website": "网站",
    "aliases": "别名",
    "alias": "别名",
    "progress": "进展",
    "notes": "备注",
    "note": "备注",
    "nodes": "产业链环节",
    "node": "产业链环节",
    "node_id": "产业链环节",
    "owner": "责任人",
    "owner_id": "责任人",
    "post": "职务",
    "phone": "电话",
    "phone_mask": "电话",
    "email": "邮箱",
    "wechat": "微信",
    "investor": "投资方",
    "investor_text": "投资方（原文）",
    "source": "来源",
    "source_note": "来源说明",
    "chain_node.state": "强弱",
    "chain_node.on": "评估日期",
    "chain_node.action": "方向",
    "chain_node.action_reason": "另选方向的理由",
    "chain_node.order_no": "先后",
    "chain_node.direction": "招引方向",
    "chain_node.named": "目录列名",
    "chain_plan.due_on": "截止日期",
    "land": "用地要求",
    "energy": "能耗要求",
    "environment": "环境要求",
    "lead_department": "牵头部门",
    "chain_node.zone_codes": "适宜承载园区",
    "to_confirm": "待确认",
    "local_firms": "本地企业数",
    "local_share": "本地配套率",
    "depends_on": "主要依赖来源",
    "gap": "缺口",
    "priority": "优先级",
    "assessor": "评估人",
    "valid_until": "有效期至",
    "chain_action": "产业链动作",
    "chain_action_reason": "延链理由",
    "capital": "内外资",
    "total_investment": "总投资 万元",
    "total_investment_usd": "总投资 万美元",
    "fixed_investment": "固定资产投资 万元",
    "fixed_investment_usd": "固定资产投资 万美元",
    "equipment_investment": "设备投资 万元",
    "project.registered_capital": "注册资本 万元",
    "registered_capital_usd": "注册资本 万美元",
    "statistics_amount": "纳统总投资 万元",
    "completed": "完成投资 万元",
    "paid_in": "到位资金 万元",
    "equipment": "其中设备 万元",
    "investment.progress": "形象进度",
    "investment.note": "说明",
    "in_statistics": "入统",
    "in_statistics_on": "入统日期",
    "gate_rule.stage": "阶段",
    "gate_rule.needs": "要有",
    "gate_rule.bars": "缺了怎样",
    "gate_rule.span": "何时要有",
    "gate_rule.condition": "适用项目",
    "gate_rule.tiers": "适用级别",
    "gate_rule.active": "是否启用",
    "gate_rule.words": "提示",
    "amount_note": "金额说明",
    "land_mu": "用地 亩",
    "plant_sqm": "厂房 平方米",
    "annual_output": "达产年产值 万元",
    "annual_tax": "达产年税收 万元",
    "content": "内容",
    "first_contact": "首次对接",
    "first_contact_on": "首次对接",
    "expected_sign": "预计签约",
    "expected_sign_on": "预计签约",
    "expected_start_on": "预计开工",
    "expected_complete_on": "预计竣工",
    "statistics_name": "纳统名称",
    "confidential": "保密",
    "exclusion": "不计入情形",
    "shares": "分享比例",
    "effective_on": "生效日期",
    "happened_on": "日期",
    "recognised_on": "统计日期",
    "statistical_on": "统计日期",
    "milestone.amount": "认定金额 万元",
    "milestone.amount_usd": "认定金额 万美元",
    "milestone.fixed": "认定固投 万元",
    "milestone.fixed_usd": "认定固投 万美元",
    "milestone.happened_on": "实际日期",
    "needs_again": "待重新认定",
    "agreement_total": "协议总投资 万元",
    "agreement_total_usd": "协议总投资 万美元",
    "agreement_fixed": "协议固投 万元",
    "agreement_parties": "签约各方",
    "agreement_land_mu": "协议用地 亩",
    "agreement_start_by": "约定开工日期",
    "agreement_complete_by": "约定竣工日期",
    "agreement_obligations": "履约义务",
    "review_by": "审查人",
    "review_on": "审查日期",
    "review_conclusion": "审查结论",
    "agreement_kind": "协议类型",
    "parties": "协议各方",
    "reason": "原因",
    "question": "核对事项",
    "evidence": "证据",
    "what": "事项",
    "followup.unit": "责任单位",
    "followup.unit_id": "责任单位编号",
    "followup.category": "诉求类别",
    "followup.urged": "催办次数",
    "followup.satisfaction": "满意度",
    "followup.confirmed_by": "谁确认",
    "due_on": "期限",
    "due_at": "时间",
    "answer": "办理情况",
    "mode": "方式",
    "place": "地点",
    "summary": "纪要",
    "agreed": "达成共识",
    "intent_field": "意向领域",
    "intent_amount": "意向投资 万元",
    "intent_amount_usd": "意向投资 万美元",
    "occasion_id": "属于哪次",
    "occasion.ends_on": "结束日期",
    "guests": "人数",
    "signed_count": "签约数",
    "signed_amount": "签约额 万元",
    "station": "驻点",
    "leads": "有效信息 条",
    "referrals": "推荐来访 批次",
    "day": "日期",
    "ours": "我方人员",
    "theirs": "对方人员",
    "projects": "项目",
    "starts_at": "开始时间",
    "no_next_step_reason": "没有下一步的原因",
    "target": "目标",
    "threshold": "门槛 万元",
    "threshold_usd": "门槛 万美元",
    "banner": "说明",
    "year": "年份",
    "years": "年份",
    "position": "位置",
    "products": "产品",
    "anchors": "龙头企业",
}

#: "subject.field" or field → value → word; filled by `name_values`.
_VALUES: dict[str, dict[str, str]] = {}
_YES_NO = {"True": "是", "False": "否", "true": "是", "false": "否"}


def name_values(field: str, words: Mapping[Any, str]) -> None:
    """What the values of a field ("stage") or of one subject's field ("company.kind") are called."""
    _VALUES.setdefault(field, {}).update({str(value): word for value, word in words.items()})


@dataclass(frozen=True, slots=True)
class Change:
    """A field's Chinese name and its two values in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One act as a history shows it."""

    id: int
    at: datetime
    who: str
    post: str
    sentence: str
    label: str
    note: str
    changes: tuple[Change, ...]


def sentence(code: str) -> str:
    return CODES.get(code, code)


def label_of(subject: str, field: str) -> str:
    return LABELS.get(f"{subject}.{field}") or LABELS.get(field) or field


def word_of(subject: str, field: str, value: Any) -> str:
    if value is None or value == "":
        return UNKNOWN
    known = _VALUES.get(f"{subject}.{field}") or _VALUES.get(field) or {}
    return known.get(str(value)) or _YES_NO.get(str(value)) or str(value)


def changes(subject: str, diff: Mapping[str, Any]) -> tuple[Change, ...]:
    """A stored diff ({field: [before, after]}) in words; anything of another shape is shown as its new value."""
    found = []
    for field, pair in (diff or {}).items():
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        words = word_of(subject, field, before), word_of(subject, field, after)
        found.append(Change(label_of(subject, field), *words))
    return tuple(found)


def subject_word(subject: str) -> str:
    return SUBJECTS.get(subject, subject)


def post_words(post: str) -> str:
    """A post is stored as unit and role code, so that its words may change: "市开发区 officer" → "市开发区 招商专员"."""
    unit, _, role = post.rpartition(" ")
    known = _VALUES.get("role", {}).get(role or unit)
    return f"{unit} {known}".strip() if known else post
