"""Forms of a project: the whole for a new one, one section at a time afterwards, and its parts."""

from crm.projects.forms.parts import AttachmentForm as AttachmentForm
from crm.projects.forms.parts import CreditsForm as CreditsForm
from crm.projects.forms.parts import ProgressForm as ProgressForm
from crm.projects.forms.parts import ZoneForm as ZoneForm
from crm.projects.forms.phases import OwnershipForm as OwnershipForm
from crm.projects.forms.phases import PhaseForm as PhaseForm
from crm.projects.forms.phases import phase_values as phase_values
from crm.projects.forms.records import SECTIONS as SECTIONS
from crm.projects.forms.records import NewForm as NewForm
from crm.projects.forms.records import fuzzy_of as fuzzy_of
from crm.projects.forms.records import values_of as values_of
