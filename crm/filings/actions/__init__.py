"""The verbs of first report and first talk; none of them commits."""

from crm.filings.actions.clocks import ask_extension as ask_extension
from crm.filings.actions.clocks import decide_extension as decide_extension
from crm.filings.actions.clocks import lapse_due as lapse_due
from crm.filings.actions.clocks import release as release
from crm.filings.actions.deciding import choose as choose
from crm.filings.actions.deciding import decide as decide
from crm.filings.actions.filing import file as file
from crm.filings.actions.pool import answer_claim as answer_claim
from crm.filings.actions.pool import claim as claim
