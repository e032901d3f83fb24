"""Which events of the audit log somebody wants to see."""

from django import forms

from audit.events import KINDS
from saas.reports.filters import LogFilterForm

NOUNS = sorted({kind.partition(".")[0] for kind in KINDS})


class AuditForm(LogFilterForm):
    """Which events."""

    about = forms.ChoiceField(
        choices=[("", "Everything"), *((noun, noun.replace("_", " ")) for noun in NOUNS)], required=False, label="What"
    )
