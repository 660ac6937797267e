"""Tables of first report and first talk."""

from crm.filings.models.filings import Filing as Filing
from crm.filings.models.filings import FilingEvidence as FilingEvidence
from crm.filings.models.filings import FilingHit as FilingHit
from crm.filings.models.filings import PoolClaim as PoolClaim
