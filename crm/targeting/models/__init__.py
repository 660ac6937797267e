"""Target companies and campaigns, the guidance catalogue, and what each zone means to specialise in."""

from crm.targeting.models.catalogue import CatalogueEntry as CatalogueEntry
from crm.targeting.models.catalogue import CatalogueNaming as CatalogueNaming
from crm.targeting.models.catalogue import CatalogueRelease as CatalogueRelease
from crm.targeting.models.plans import ChainPlan as ChainPlan
from crm.targeting.models.plans import ChainPlanDue as ChainPlanDue
from crm.targeting.models.plans import ChainPlanFile as ChainPlanFile
from crm.targeting.models.plans import ChainPlanStep as ChainPlanStep
from crm.targeting.models.plans import ZoneChain as ZoneChain
from crm.targeting.models.targets import Campaign as Campaign
from crm.targeting.models.targets import CampaignNode as CampaignNode
from crm.targeting.models.targets import CampaignTarget as CampaignTarget
from crm.targeting.models.targets import Target as Target
from crm.targeting.models.targets import TargetSignal as TargetSignal
from crm.targeting.models.targets import TargetStep as TargetStep
