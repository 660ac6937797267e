"""What is done with targets and campaigns. Nothing here commits."""

from crm.targeting.actions.around import add_signal as add_signal
from crm.targeting.actions.around import plan as plan
from crm.targeting.actions.around import remove_signal as remove_signal
from crm.targeting.actions.campaigns import edit_campaign as edit_campaign
from crm.targeting.actions.campaigns import enlist as enlist
from crm.targeting.actions.campaigns import start_campaign as start_campaign
from crm.targeting.actions.campaigns import strike as strike
from crm.targeting.actions.catalogue import exported as exported
from crm.targeting.actions.catalogue import name as name
from crm.targeting.actions.catalogue import release as release
from crm.targeting.actions.catalogue import write_entry as write_entry
from crm.targeting.actions.converting import convert as convert
from crm.targeting.actions.converting import proposed_name as proposed_name
from crm.targeting.actions.folding import fold as fold
from crm.targeting.actions.folding import unfold as unfold
from crm.targeting.actions.targets import add as add
from crm.targeting.actions.targets import assign as assign
from crm.targeting.actions.targets import edit as edit
from crm.targeting.actions.targets import fill as fill
from crm.targeting.actions.targets import follow as follow
from crm.targeting.actions.targets import give_up as give_up
from crm.targeting.actions.targets import move as move
from crm.targeting.actions.targets import name_of as name_of
from crm.targeting.actions.targets import place as place
from crm.targeting.actions.targets import take_up as take_up
