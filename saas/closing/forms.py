"""The form that closes an organization."""

from django import forms


class ClosingForm(forms.Form):
    """The organization's name, typed to confirm, and why."""

    name = forms.CharField(
        max_length=120,
        label="The organization's name",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        max_length=500,
        required=False,
        label="Why do you leave?",
        help_text="Kept in the audit log. It helps us to do better.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
