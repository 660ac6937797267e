"""A zone's chains, the due day of a year, a plan's files and its submission."""

from collections.abc import Sequence

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.targeting.models import ChainPlan, ChainPlanDue, ZoneChain
from crm.targeting.rules.plans import ROLE_LABELS, ChainRole
from crm.web.choices import options
from crm.web.forms import DayField, FilesField, Form, fits, required


class ZoneChainForm(Form):
    chain = SelectField("产业链", [required("产业链")])
    kind = SelectField("类别", choices=options(ROLE_LABELS.items()), default=ChainRole.LEADING.value)
    source = StringField("来源", [required("来源"), fits(ZoneChain.source)])
    to_confirm = BooleanField("待确认")

    def offer(self, chains: Sequence[tuple[str, str]]) -> None:
        self.chain.choices = options(chains)


class DueForm(Form):
    due_on = DayField("截止日期", validators=[required("截止日期")])
    source = StringField("依据", [required("依据"), fits(ChainPlanDue.source)])


class FilesForm(Form):
    file = FilesField("文件", needed=True)


class SubmitForm(Form):
    note = TextAreaField("说明", [Optional(), fits(ChainPlan.note)])


class ReturnForm(Form):
    reason = TextAreaField("退回理由", [required("退回理由"), fits(ChainPlan.reason)])
