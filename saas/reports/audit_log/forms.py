"""Which events of the audit log somebody wants to see."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django import forms

from audit.events import KINDS
from saas.web.api.fields import EARLIEST, LATEST

NOUNS = sorted({kind.partition(".")[0] for kind in KINDS})


class AuditForm(forms.Form):
    """Which events."""

    about = forms.ChoiceField(
        choices=[("", "Everything"), *((noun, noun.replace("_", " ")) for noun in NOUNS)], required=False, label="What"
    )
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
