"""Forms of the pages of a step."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms

from quests.forms import DayFormField, MoneyFormField, VisibleTextField


class NewStepForm(forms.Form):
    """A step to add."""

    title = VisibleTextField(max_length=200, label="What is to be done?")
    amount = MoneyFormField(
        label="Amount",
        required=False,
        min_value=Decimal(0),
        help_text="What it brings or saves, if anything.",
    )
    due_on = DayFormField(label="By when?")

    def clean_amount(self) -> Decimal:
        """Take an empty amount as zero."""
        return self.cleaned_data["amount"] or Decimal(0)


class StepForm(NewStepForm):
    """A step to edit."""

    assignee = forms.TypedChoiceField(label="Who does it?", required=False, coerce=UUID, empty_value=None)
    note = VisibleTextField(max_length=500, required=False, label="Note", widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, people: Sequence[tuple[UUID, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", "Nobody yet"), *((str(user_id), name) for user_id, name in people)]
        cast(forms.TypedChoiceField, self.fields["assignee"]).choices = choices
