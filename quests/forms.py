"""Forms of the customer's pages."""

import zlib
from base64 import b64decode, b64encode
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from quests.actions import KnownLines
from quests.spreadsheet import BYTES_MAX, COLUMNS_MAX, Choices, ColumnRole, DayOrder, Foreign, MoneyOut
from saas.kernel.errors import Invalid
from saas.kernel.text import clean_text
from saas.web.api.fields import EARLIEST, LATEST

PACKED_MAX = 200 * 1024
"""Characters of a compressed file that a page carries: below what a form may send."""


class VisibleTextField(forms.CharField):
    """Text as the API takes it: NFC, no direction overrides, not only invisible characters."""

    def clean(self, value: str) -> str:
        """Return clean text."""
        return str(super().clean(clean_text(value or "")))


class DayFormField(forms.DateField):
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


class MoneyFormField(forms.DecimalField):
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


PAST_DAYS = 365
"""How long ago the day of a new goal can have passed: it is overdue from the start."""


class GoalForm(forms.Form):
    """A goal to set or to change; a day that passed more than a year ago is taken only where it is not new."""

    title = VisibleTextField(
        max_length=120,
        label="What do you want to reach?",
        widget=forms.TextInput(attrs={"placeholder": "Win 12,000 in office catering", "autofocus": True}),
    )
    target_amount = MoneyFormField(
        label="Target amount",
        min_value=Decimal("0.01"),
        error_messages={"min_value": "Enter an amount above zero."},
    )
    current_amount = MoneyFormField(label="Reached so far", required=False)
    due_on = DayFormField(label="By when?", required=False)
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
        """Return the day; refuse a new one that passed more than a year ago."""
        due_on: date | None = self.cleaned_data["due_on"]
        earliest = self._today - timedelta(days=PAST_DAYS)
        if due_on is not None and due_on < earliest and due_on != self.initial.get("due_on"):
            raise forms.ValidationError("This day passed more than a year ago. Choose a later one.")
        return due_on

    def clean_current_amount(self) -> Decimal:
        """Take an empty amount as zero."""
        return self.cleaned_data["current_amount"] or Decimal(0)


class RevenueForm(forms.Form):
    """A revenue entry."""

    amount = MoneyFormField(label="Amount", help_text="Use a minus sign for refunds.")
    received_on = DayFormField(label="Received on")
    note = VisibleTextField(max_length=200, required=False, label="Note")


class ImportForm(forms.Form):
    """A spreadsheet of money that came in."""

    file = forms.FileField(
        label="CSV file",
        help_text="From a spreadsheet, your bank, Stripe, PayPal or Revolut. You see every line before it is imported.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        allow_empty_file=True,
    )

    def content(self) -> bytes:
        """Return what is in the file, as far as it may be too large."""
        return bytes(self.cleaned_data["file"].read(BYTES_MAX + 1))


class SheetField(forms.CharField):
    """A file that a page carries along, compressed, until it is imported: nothing is stored meanwhile."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(max_length=PACKED_MAX)

    @staticmethod
    def packed(content: bytes) -> str:
        """Return what the page carries; raise Invalid for a file that it cannot carry."""
        text = b64encode(zlib.compress(content, 9)).decode()
        if len(text) > PACKED_MAX:
            raise Invalid("The file is too large to be shown. Split it and import the parts.")
        return text

    def clean(self, value: Any) -> bytes:
        """Return the file; refuse what no page of ours carried."""
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(b64decode(super().clean(value), validate=True), BYTES_MAX + 1)
        except (ValueError, zlib.error) as error:
            raise forms.ValidationError("Choose the file again.") from error
        if not unpacking.eof and len(content) <= BYTES_MAX:
            raise forms.ValidationError("Choose the file again.")
        return content


class ReadingForm(forms.Form):
    """How a file is read: what each of its columns holds, and how its days and amounts are written."""

    sheet = SheetField()
    days = forms.ChoiceField(
        label="Dates",
        required=False,
        choices=[
            (DayOrder.DAY_FIRST.value, "Day first, 30/11/2026"),
            (DayOrder.MONTH_FIRST.value, "Month first, 11/30/2026"),
        ],
    )
    decimal = forms.ChoiceField(
        label="Amounts",
        required=False,
        choices=[("", "As each is written"), (".", "1,234.50"), (",", "1.234,50")],
    )
    out = forms.ChoiceField(
        label="Amounts below zero",
        required=False,
        choices=[(MoneyOut.REFUND.value, "Refunds: import them"), (MoneyOut.LEAVE.value, "Spending: leave them out")],
    )
    foreign = forms.ChoiceField(
        label="Other currencies",
        required=False,
        choices=[(Foreign.LEAVE.value, "Leave them out"), (Foreign.TAKE.value, "Take the figures, unconverted")],
    )
    known = forms.ChoiceField(
        label="Recorded already",
        required=False,
        choices=[(KnownLines.SKIP.value, "Leave them out"), (KnownLines.ADD.value, "Import them again")],
    )

    def columns(self) -> tuple[ColumnRole, ...] | None:
        """Return what each column holds, as posted: an unknown word is nothing. None where nothing was posted."""
        posted = [self.data.get(f"column-{place}") for place in range(COLUMNS_MAX)]
        if posted[0] is None:
            return None
        return tuple(ColumnRole(each) if each in set(ColumnRole) else ColumnRole.IGNORE for each in posted)

    def choices(self) -> Choices:
        """Return the choices of a valid form."""
        values = self.cleaned_data
        return Choices(
            roles=self.columns(),
            days=DayOrder(values["days"]) if values["days"] else None,
            decimal=values["decimal"],
            out=MoneyOut(values["out"]) if values["out"] else None,
            foreign=Foreign(values["foreign"] or Foreign.LEAVE),
        )

    def known_lines(self) -> KnownLines:
        """Return what to do with lines that are recorded already."""
        return KnownLines(self.cleaned_data["known"] or KnownLines.SKIP)


class QuestForm(forms.Form):
    """The form that asks for a number of quests."""

    count = forms.IntegerField(min_value=1, max_value=3, initial=1)


class ForecastForm(forms.Form):
    """How far ahead; `anyway` even where nothing changed since the last forecast."""

    months = forms.TypedChoiceField(
        label="How far ahead?", coerce=int, initial=6, choices=[(n, f"{n} months") for n in (3, 6, 12, 24)]
    )
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)


class LeadListForm(forms.Form):
    """The form that asks for a lead list."""

    brief = VisibleTextField(
        max_length=500, required=False, label="Whom should we look for?", widget=forms.Textarea(attrs={"rows": 2})
    )
