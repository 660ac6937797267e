"""Tables of what happened: visits, the occasions they belong to, days on station, and checks of presence."""

from crm.visits.models.occasions import Occasion as Occasion
from crm.visits.models.occasions import OccasionOurs as OccasionOurs
from crm.visits.models.stations import Absence as Absence
from crm.visits.models.stations import StationDay as StationDay
from crm.visits.models.visit import Visit as Visit
from crm.visits.models.visit import VisitOurs as VisitOurs
from crm.visits.models.visit import VisitProject as VisitProject
from crm.visits.models.visit import VisitTheirs as VisitTheirs
