"""The week: its issue, its rows, its sums. Pure."""

from crm.weekly.rules.figures import SHEET_STAGES as SHEET_STAGES
from crm.weekly.rules.figures import Around as Around
from crm.weekly.rules.figures import Figures as Figures
from crm.weekly.rules.figures import Signings as Signings
from crm.weekly.rules.figures import Stock as Stock
from crm.weekly.rules.figures import Tally as Tally
from crm.weekly.rules.figures import ZoneOverview as ZoneOverview
from crm.weekly.rules.figures import figures as figures
from crm.weekly.rules.figures import together as together
from crm.weekly.rules.issue import Issue as Issue
from crm.weekly.rules.issue import issue_of as issue_of
from crm.weekly.rules.issue import weeks_back as weeks_back
from crm.weekly.rules.ranking import growth as growth
from crm.weekly.rules.ranking import places as places
from crm.weekly.rules.ranking import year_before as year_before
from crm.weekly.rules.report import Outline as Outline
from crm.weekly.rules.report import Report as Report
from crm.weekly.rules.rows import ChainRow as ChainRow
from crm.weekly.rules.rows import DutyRow as DutyRow
from crm.weekly.rules.rows import Invested as Invested
from crm.weekly.rules.rows import ProjectRow as ProjectRow
from crm.weekly.rules.rows import Reached as Reached
from crm.weekly.rules.rows import VisitRow as VisitRow
from crm.weekly.rules.rows import add as add
