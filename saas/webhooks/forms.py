"""Forms about webhooks."""

from typing import Any

from django import forms

from saas.webhooks.actions import OVERLAP_HOURS
from saas.webhooks.addresses import URL_CHARACTERS_MAX
from saas.webhooks.models import EVERYTHING
from saas.webhooks.published import PUBLISHED

BY_NOUN = {
    noun: [(kind, event) for kind, event in PUBLISHED.items() if kind.partition(".")[0] == noun]
    for noun in dict.fromkeys(kind.partition(".")[0] for kind in PUBLISHED)
}
"""The events that integrators get, by what they are about."""

OVERLAPS = [(24, "A day"), (168, "A week"), (1, "An hour"), (0, "Not at all: the old one leaked")]


class EndpointForm(forms.Form):
    """Where events go, and which; all of them unless some are chosen."""

    url = forms.CharField(
        max_length=URL_CHARACTERS_MAX,
        label="Address",
        widget=forms.TextInput(
            attrs={"type": "url", "placeholder": "https://example.com/webhooks", "autocomplete": "off"}
        ),
    )
    description = forms.CharField(max_length=200, required=False, label="What is it for?")
    events = forms.MultipleChoiceField(
        choices=[(each, each) for each in (*PUBLISHED, *(f"{noun}.*" for noun in BY_NOUN))],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Only these events",
    )

    def kinds(self) -> list[str]:
        """Return the kinds that were chosen, one by one or all of a noun."""
        chosen = set(self.cleaned_data["events"])
        kinds = [kind for noun, events in BY_NOUN.items() for kind, _ in events if {kind, f"{noun}.*"} & chosen]
        return kinds or [EVERYTHING]

    def values(self) -> dict[str, Any]:
        """Return the form as the actions take it."""
        return {"url": self.cleaned_data["url"], "description": self.cleaned_data["description"]}


class SecretRotationForm(forms.Form):
    """How long the old secret signs beside the new one."""

    overlap_hours = forms.TypedChoiceField(
        choices=OVERLAPS, coerce=int, initial=OVERLAP_HOURS, label="The old secret goes on signing for"
    )


class RedeliveryForm(forms.Form):
    """How far back to send everything again."""

    hours = forms.TypedChoiceField(
        choices=[(1, "the last hour"), (24, "the last day"), (168, "the last week"), (720, "the last 30 days")],
        coerce=int,
        initial=24,
        label="Send everything again of",
    )
