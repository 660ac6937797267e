"""The pipeline's tables."""

from crm.pipeline.models.gates import GateRuleChange, TruthAnswer, TruthFile
from crm.pipeline.models.history import StageChange, StatusChange
from crm.pipeline.models.milestones import Milestone, MilestoneFile, Recognition
from crm.pipeline.models.months import Adjustment, InvestmentFile, MonthlyInvestment, PeriodLock

__all__ = [
    "Adjustment",
    "GateRuleChange",
    "InvestmentFile",
    "Milestone",
    "MilestoneFile",
    "MonthlyInvestment",
    "PeriodLock",
    "Recognition",
    "StageChange",
    "StatusChange",
    "TruthAnswer",
    "TruthFile",
]
