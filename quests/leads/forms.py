"""The form of a lead."""

from decimal import Decimal

from django import forms

from quests.forms import MoneyFormField
from quests.models import LeadState


class LeadForm(forms.Form):
    """How far a lead is, and what was won."""

    state = forms.ChoiceField(choices=LeadState.choices)
    amount = MoneyFormField(label="Won", required=False, min_value=Decimal("0.01"))

    def clean_state(self) -> LeadState:
        """Return the state."""
        return LeadState(self.cleaned_data["state"])
