"""Forms of the customer's pages."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from quests.actions import KnownLines
from quests.spreadsheet import DayOrder
from saas.kernel.text import clean_text
from saas.web.api.fields import EARLIEST, LATEST


class VisibleTextField(forms.CharField):
    """Text as the API takes it: NFC, no direction overrides, not only invisible characters."""

    def clean(self, value: str) -> str:
        """Return clean text."""
        return str(super().clean(clean_text(value or "")))


class DayField(forms.DateField):
    """A day that a business plans for."""

    def __init__(self, **options: Any) -> None:
        limits = {"min": EARLIEST.isoformat(), "max": LATEST.isoformat()}
        super().__init__(widget=forms.DateInput(attrs={"type": "date", **limits}), **options)

    def clean(self, value: str) -> date | None:
        """Return the day."""
        day: date | None = super().clean(value)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(f"Choose a day between {EARLIEST} and {LATEST}.")
        return day


class MoneyField(forms.DecimalField):
    """An amount in the organization's currency, whose symbol the page puts before it."""

    is_money = True

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **options)
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value: Any) -> Any:
        """Return the amount; refuse digits of other scripts, exponents and underscores, which Python would read."""
        if value and not set(value.strip()) <= set("0123456789.-"):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().clean(value)


class GoalForm(forms.Form):
    """A goal to set or to change; a day that has passed is taken only where it is not new."""

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
    due_on = DayField(label="By when?", required=False)
    description = VisibleTextField(
        max_length=2000,
        required=False,
        label="What should the planner know?",
        help_text="What you sell, to whom, what has worked. It is used as information only.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._today = today

    def clean_due_on(self) -> date | None:
        """Return the day; refuse a new one that has passed."""
        due_on: date | None = self.cleaned_data["due_on"]
        if due_on is not None and due_on < self._today and due_on != self.initial.get("due_on"):
            raise forms.ValidationError("This day has passed. Choose today or a day to come.")
        return due_on

    def clean_current_amount(self) -> Decimal:
        """Take an empty amount as zero."""
        return self.cleaned_data["current_amount"] or Decimal(0)


class RevenueForm(forms.Form):
    """Money that came in."""

    amount = MoneyField(label="Amount", help_text="Use a minus sign for refunds.")
    received_on = DayField(label="Received on")
    note = VisibleTextField(max_length=200, required=False, label="Note")


class ImportForm(forms.Form):
    """A spreadsheet of money that came in."""

    file = forms.FileField(
        label="CSV file",
        help_text="Each line: date, amount, note. For example 2026-11-30, 1500.00, Fair",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    days = forms.ChoiceField(
        label="Dates",
        required=False,
        choices=[
            ("", "As the file shows"),
            (DayOrder.DAY_FIRST.value, "Day first, 30/11/2026"),
            (DayOrder.MONTH_FIRST.value, "Month first, 11/30/2026"),
        ],
    )
    known = forms.ChoiceField(
        label="Lines that are recorded already",
        required=False,
        choices=[
            ("", "Ask me"),
            (KnownLines.SKIP.value, "Leave them out"),
            (KnownLines.ADD.value, "Import them again"),
        ],
    )

    def clean_days(self) -> DayOrder | None:
        """Return the chosen order, or None."""
        return DayOrder(self.cleaned_data["days"]) if self.cleaned_data["days"] else None

    def clean_known(self) -> KnownLines | None:
        """Return what to do, or None."""
        return KnownLines(self.cleaned_data["known"]) if self.cleaned_data["known"] else None


class QuestForm(forms.Form):
    """How many quests."""

    count = forms.IntegerField(min_value=1, max_value=3, initial=1)


class ForecastForm(forms.Form):
    """How far ahead; `anyway` even where nothing changed since the last forecast."""

    months = forms.TypedChoiceField(
        label="How far ahead?", coerce=int, initial=6, choices=[(n, f"{n} months") for n in (3, 6, 12, 24)]
    )
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)


class LeadListForm(forms.Form):
    """Whom to look for."""

    brief = VisibleTextField(
        max_length=500, required=False, label="Whom should we look for?", widget=forms.Textarea(attrs={"rows": 2})
    )
