"""Forms of visits, of occasions and of days on station."""

from crm.visits.forms.occasions import BatchForm as BatchForm
from crm.visits.forms.occasions import OccasionForm as OccasionForm
from crm.visits.forms.occasions import ReasonForm as ReasonForm
from crm.visits.forms.stations import AbsenceForm as AbsenceForm
from crm.visits.forms.stations import StationForm as StationForm
from crm.visits.forms.visit import FactsForm as FactsForm
from crm.visits.forms.visit import FileForm as FileForm
from crm.visits.forms.visit import PickField as PickField
from crm.visits.forms.visit import QuickForm as QuickForm
from crm.visits.forms.visit import VisitForm as VisitForm
from crm.visits.forms.visit import new_id as new_id
