"""Forms of the pipeline: moving, milestones, decisions, status, months; and the gate table."""

from crm.pipeline.forms.gates import GateRuleForm as GateRuleForm
from crm.pipeline.forms.gates import ReasonedForm as ReasonedForm
from crm.pipeline.forms.investment import InvestmentForm as InvestmentForm
from crm.pipeline.forms.records import DecideForm as DecideForm
from crm.pipeline.forms.records import LockForm as LockForm
from crm.pipeline.forms.records import MilestoneForm as MilestoneForm
from crm.pipeline.forms.records import ReasonForm as ReasonForm
from crm.pipeline.forms.records import RecogniseForm as RecogniseForm
from crm.pipeline.forms.records import RedateForm as RedateForm
from crm.pipeline.forms.records import SigningForm as SigningForm
from crm.pipeline.forms.records import StageForm as StageForm
from crm.pipeline.forms.records import StatusForm as StatusForm
from crm.pipeline.forms.records import milestone_form as milestone_form
