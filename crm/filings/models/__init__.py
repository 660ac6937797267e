"""Tables of first report and first talk."""

from crm.filings.models.checks import FilingCheck as FilingCheck
from crm.filings.models.checks import FilingCheckHit as FilingCheckHit
from crm.filings.models.disputes import Dispute as Dispute
from crm.filings.models.disputes import DisputeStep as DisputeStep
from crm.filings.models.disputes import DisputeWord as DisputeWord
from crm.filings.models.filings import Filing as Filing
from crm.filings.models.filings import FilingEvidence as FilingEvidence
from crm.filings.models.filings import FilingHit as FilingHit
from crm.filings.models.filings import PoolClaim as PoolClaim
from crm.filings.models.sanctions import Sanction as Sanction
from crm.filings.models.transfers import Transfer as Transfer
from crm.filings.models.transfers import TransferOffer as TransferOffer
from crm.filings.models.transfers import TransferShare as TransferShare
