"""What the frame, the home page and the search read."""

from crm.dashboard.queries.badges import badges
from crm.dashboard.queries.finding import Found, Group, search
from crm.dashboard.queries.today import Figures, Mine, Waiting, figures, mine, waiting_for_bureau

__all__ = [
    "Figures",
    "Found",
    "Group",
    "Mine",
    "Waiting",
    "badges",
    "figures",
    "mine",
    "search",
    "waiting_for_bureau",
]
