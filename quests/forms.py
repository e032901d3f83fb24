"""Forms of the customer's pages."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from saas.web.api.fields import clean_text

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class VisibleTextField(forms.CharField):
    """Text as the API takes it: NFC, no direction overrides, not only invisible characters."""

    def clean(self, value: str) -> str:
        """Return clean text."""
        return str(super().clean(clean_text(value or "")))


def _day(*, label: str, required: bool, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date", "min": EARLIEST.isoformat(), "max": LATEST.isoformat()}),
    )


class MoneyField(forms.DecimalField):
    """An amount in the organization's currency, whose symbol the page puts before it."""

    is_money = True

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **options)
        self.widget.attrs["inputmode"] = "decimal"


class GoalForm(forms.Form):
    """A goal to set or to change."""

    title = VisibleTextField(
        max_length=120,
        label="What do you want to reach?",
        widget=forms.TextInput(attrs={"placeholder": "Win 12,000 in office catering", "autofocus": True}),
    )
    target_amount = MoneyField(
        label="Target amount",
        min_value=Decimal("0.01"),
        error_messages={"min_value": "Enter an amount above zero."},
    )
    current_amount = MoneyField(label="Reached so far", required=False)
    due_on = _day(label="By when?", required=False)
    description = VisibleTextField(
        max_length=2000,
        required=False,
        label="What should the planner know?",
        help_text="What you sell, to whom, what has worked. It is used as information only.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_current_amount(self) -> Decimal:
        """Take an empty amount as zero."""
        return self.cleaned_data["current_amount"] or Decimal(0)

    def clean_due_on(self) -> date | None:
        """Refuse days that no business plans for."""
        day: date | None = self.cleaned_data["due_on"]
        if day is not None and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(f"Choose a day between {EARLIEST} and {LATEST}.")
        return day


class RevenueForm(forms.Form):
    """Money that came in."""

    amount = MoneyField(label="Amount", help_text="Below zero takes money back.")
    received_on = _day(label="Received on", required=True)
    note = VisibleTextField(max_length=200, required=False, label="Note")


class QuestForm(forms.Form):
    """How many quests."""

    count = forms.IntegerField(min_value=1, max_value=3, initial=1)


class LeadListForm(forms.Form):
    """Whom to look for."""

    brief = VisibleTextField(
        max_length=500, required=False, label="Whom should we look for?", widget=forms.Textarea(attrs={"rows": 2})
    )
