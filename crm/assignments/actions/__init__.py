"""Who answers for a project, and handing one's work over. Nothing here commits."""

from crm.assignments.actions.assigning import assign as assign
from crm.assignments.actions.assigning import end as end
from crm.assignments.actions.assigning import left_zone as left_zone
from crm.assignments.actions.handing import Handing as Handing
from crm.assignments.actions.handing import hand_over as hand_over
from crm.assignments.actions.handing import hands as hands
from crm.assignments.actions.handing import held as held
from crm.assignments.actions.handing import things as things
