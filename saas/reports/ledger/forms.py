"""Which lines of the ledger somebody wants to see."""

from django import forms

from saas.metering.operations import OPERATIONS, OWN_AI
from saas.reports.filters import LogFilterForm
from tokens.kinds import EntryKind

KINDS = {
    "spent": ("Spent", (EntryKind.HOLD, EntryKind.SETTLE, EntryKind.RELEASE)),
    "received": ("Received", (EntryKind.GRANT, EntryKind.GIFT, EntryKind.ADJUST, EntryKind.REINSTATE)),
    "expired": ("Expired", (EntryKind.EXPIRE,)),
    "taken_back": ("Taken back, owed, repaid", (EntryKind.CLAWBACK, EntryKind.DEBT, EntryKind.REPAY)),
}
"""What the lines can be filtered by: words, and the kinds of entries."""


class LedgerForm(LogFilterForm):
    """Which lines; `holds` shows every line of an operation in place of one row."""

    kind = forms.ChoiceField(
        choices=[("", "Everything"), *((key, words) for key, (words, _) in KINDS.items())], required=False, label="Kind"
    )
    operation = forms.ChoiceField(
        choices=[
            ("", "All"),
            *((key, operation.name) for key, operation in OPERATIONS.items()),
            (OWN_AI, "Your own AI"),
        ],
        required=False,
        label="Operation",
    )
    holds = forms.BooleanField(required=False, label="Show holds")
