"""The forms that close an organization, and erase a person."""

from typing import Any

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


class ErasureForm(forms.Form):
    """The person's own address, typed to confirm."""

    confirmation = forms.CharField(
        max_length=254,
        label="Your e-mail address, to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_confirmation(self) -> str:
        """Return the typed address; refuse one that is not the person's."""
        typed: str = self.cleaned_data["confirmation"].strip().lower()
        if typed != self.email.lower():
            raise forms.ValidationError(f"This is not your address. Type {self.email} to confirm.")
        return typed
