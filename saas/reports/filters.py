"""What the ledger's and the audit log's filters share: a person and days."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms

from saas.kernel.clock import midnight
from saas.web.api.fields import EARLIEST, LATEST


class LogFilterForm(forms.Form):
    """Which lines of a log: of whom, and from which day to which."""

    actor = forms.TypedChoiceField(coerce=UUID, empty_value=None, required=False, label="Who")
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, people: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Everybody"), *((str(user_id), name) for user_id, name in people.items())]
        cast(forms.TypedChoiceField, self.fields["actor"]).choices = choices

    def clean(self) -> dict[str, Any]:
        """Refuse days that no calendar of ours has."""
        for name in ("since", "until"):
            day = self.cleaned_data.get(name)
            if day and not EARLIEST <= day <= LATEST:
                self.add_error(name, f"Choose a day between {EARLIEST} and {LATEST}.")
        return self.cleaned_data

    def interval(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the instants `since` <= t < `until` of the days in a time zone, None where the form has none."""
        first, last = self.cleaned_data["since"], self.cleaned_data["until"]
        return {
            "since": first and midnight(first, zone),
            "until": last and midnight(last + timedelta(days=1), zone),
        }
