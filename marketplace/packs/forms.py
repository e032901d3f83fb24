"""Forms about packs."""

from decimal import Decimal

from django import forms

from marketplace.packs.queries import Offer


class PurchaseForm(forms.Form):
    """One click on one pack; the key makes a double click one purchase. `confirmed`: a person was asked once more."""

    pack = forms.SlugField(max_length=40)
    idempotency_key = forms.UUIDField()
    new_card = forms.BooleanField(required=False)
    confirmed = forms.BooleanField(required=False)


class TopUpForm(forms.Form):
    """When to buy which pack without asking."""

    enabled = forms.BooleanField(required=False, label="Buy a pack automatically when tokens run low")
    pack_key = forms.ChoiceField(label="Pack")
    below_tokens = forms.IntegerField(min_value=1, max_value=2**31 - 1, label="When fewer tokens are left than")
    monthly_cap = forms.DecimalField(
        min_value=Decimal(1), max_digits=10, decimal_places=2, label="Monthly limit", help_text="In dollars."
    )

    def __init__(self, *args: object, offers: list[Offer], **options: object) -> None:
        """Take the packs for sale."""
        super().__init__(*args, **options)  # type: ignore[arg-type]
        choice = self.fields["pack_key"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(each.pack.key, _words(each)) for each in offers]
        if any(each.lasts for each in offers):
            choice.help_text = "In brackets: how long it lasts at your pace."


def _words(offer: Offer) -> str:
    return f"{offer.pack.name}: ${offer.pack.price:,.2f}{f' ({offer.lasts})' if offer.lasts else ''}"
