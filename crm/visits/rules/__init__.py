"""What happened: visits, occasions, people as chat messages name them, and the officer's card."""

from crm.visits.rules.chat import our_person as our_person
from crm.visits.rules.chat import people_in as people_in
from crm.visits.rules.occasions import OCCASION_LABELS as OCCASION_LABELS
from crm.visits.rules.occasions import OccasionDraft as OccasionDraft
from crm.visits.rules.occasions import OccasionKind as OccasionKind
from crm.visits.rules.visit import MODE_LABELS as MODE_LABELS
from crm.visits.rules.visit import QUICK_MODES as QUICK_MODES
from crm.visits.rules.visit import Demand as Demand
from crm.visits.rules.visit import Draft as Draft
from crm.visits.rules.visit import Mode as Mode
from crm.visits.rules.visit import NextStep as NextStep
from crm.visits.rules.visit import Ours as Ours
from crm.visits.rules.visit import Theirs as Theirs
from crm.visits.rules.visit import check as check
from crm.visits.rules.visit import check_client_id as check_client_id
from crm.visits.rules.visit import check_facts as check_facts
from crm.visits.rules.visit import check_hour as check_hour
from crm.visits.rules.visit import kind_of as kind_of
from crm.visits.rules.visit import leading as leading
