"""Forms about overage."""

from decimal import Decimal

from django import forms


class OverageForm(forms.Form):
    """How much to pay at most for tokens beyond all others."""

    monthly_cap = forms.DecimalField(
        min_value=Decimal("0.01"), max_digits=10, decimal_places=2, label="At most, in each billing period"
    )
    monthly_cap.is_money = True  # type: ignore[attr-defined]
