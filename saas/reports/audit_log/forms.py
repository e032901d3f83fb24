"""Which events of the audit log somebody wants to see."""

from django import forms

from saas.reports.audit_log.sentences import SUBJECTS
from saas.reports.filters import LogFilterForm


class AuditForm(LogFilterForm):
    """Which events."""

    about = forms.ChoiceField(
        choices=[("", "Everything"), *((key, words) for key, (words, _) in SUBJECTS.items())],
        required=False,
        label="What",
    )
