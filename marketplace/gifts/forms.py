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
    confirmed = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    field_order = ("pack", "email", "note")

    def __init__(self, *args: Any, offers: list[Offer], **options: Any) -> None:
        super().__init__(*args, **options)
        self.offers = {each.pack.key: each for each in offers}
        choices = [(each.pack.key, f"{each.pack.name} for ${each.pack.price:,.2f}") for each in offers]
        cast(forms.ChoiceField, self.fields["pack"]).choices = choices

    def clean(self) -> dict[str, Any]:
        """Ask once before an expensive pack is bought: sent again as it is shown then, the form confirms it."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        offer = self.offers.get(data.get("pack", ""))
        if offer and offer.is_confirmed and data.get("confirmed") != offer.pack.key:
            self.data = {**self.data, self.add_prefix("confirmed"): offer.pack.key}
            self.add_error(None, f"This gift costs ${offer.pack.price:,.2f}. To buy it, press the button once more.")
        return data


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
