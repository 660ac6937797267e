"""Who may change what is written down, and who sent it: the same for a visit and for an occasion."""

from crm.accounts.permissions import VISIT_LOG
from crm.core.actor import Actor, Scope
from crm.core.errors import RuleBroken
from crm.visits.models import Occasion, Visit

TAKEN = "client_id 已被另一次填写使用。请重新生成一个。"


def may_edit(actor: Actor, record: Visit | Occasion) -> bool:
    """Its author, the chief of its zone and the bureau."""
    if not actor.can(VISIT_LOG):
        return False
    reach = actor.scope(VISIT_LOG)
    chief = reach is Scope.ZONE and actor.can("assign") and record.zone_id == actor.zone_id
    return record.created_by == actor.user_id or reach is Scope.CITY or chief


def check_sender(actor: Actor, record: Visit | Occasion) -> None:
    """RuleBroken where the client id that was sent again is somebody else's."""
    if record.created_by != actor.user_id:
        raise RuleBroken(TAKEN, field="client_id")
