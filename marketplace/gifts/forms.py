"""Forms about gifts."""

from typing import Any, cast
from uuid import UUID

from django import forms

from marketplace.packs.queries import Offer
from saas.kernel.ids import uuid7
from saas.kernel.text import clean_text
from tokens.kinds import QuotaScope


class GivingForm(forms.Form):
    """What every gift may say, and a key that makes a double click one gift."""

    idempotency_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    note = forms.CharField(
        max_length=280, required=False, label="A few words", widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_note(self) -> str:
        """Return visible text."""
        return clean_text(self.cleaned_data["note"])


class PackGiftForm(GivingForm):
    """A pack for another business."""

    prefix = "pack"
    pack = forms.ChoiceField(label="Pack")
    email = forms.EmailField(max_length=254, label="Their e-mail address")
    field_order = ("pack", "email", "note")

    def __init__(self, *args: Any, offers: list[Offer], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(each.pack.key, f"{each.pack.name} for ${each.pack.price:,}") for each in offers]
        cast(forms.ChoiceField, self.fields["pack"]).choices = choices


class QuotaGiftForm(GivingForm):
    """The form that raises a quota as a gift. Its choice names the quota's subject: a scope and an id."""

    prefix = "quota"
    to = forms.ChoiceField(label="For")
    tokens = forms.IntegerField(min_value=1, max_value=2**31 - 1, label="Tokens")
    field_order = ("to", "tokens", "note")

    def __init__(self, *args: Any, subjects: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["to"]).choices = subjects

    def subject(self) -> tuple[QuotaScope, UUID]:
        """Return the subject of the quota that was chosen."""
        scope, _, subject_id = self.cleaned_data["to"].partition(":")
        return QuotaScope(scope), UUID(subject_id)
