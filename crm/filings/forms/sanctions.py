"""What the bureau types about a sanction."""

from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.filings.forms import Reasoned
from crm.filings.models import Sanction
from crm.filings.rules.sanctions import OFFENCE_LABELS, Offence
from crm.web.forms import fits


class SanctionForm(Reasoned):
    offence = RadioField(
        "情形",
        choices=[SelectChoice(one.value, label) for one, label in OFFENCE_LABELS.items()],
        default=Offence.POACHING.value,
    )
    basis = StringField("依据文件", validators=[Optional(), fits(Sanction.basis)])
