"""Forms about packs."""

from decimal import Decimal

from django import forms

from marketplace.packs.queries import Offer


class PurchaseForm(forms.Form):
    """One click on one pack; the key makes a double click one purchase."""

    pack = forms.SlugField(max_length=40)
    idempotency_key = forms.UUIDField()
    new_card = forms.BooleanField(required=False)


class TopUpForm(forms.Form):
    """When to buy which pack without asking."""

    enabled = forms.BooleanField(required=False, label="Buy a pack automatically when tokens run low")
    pack_key = forms.ChoiceField(label="Pack")
    below_tokens = forms.IntegerField(min_value=1, max_value=2**31 - 1, label="When fewer tokens are left than")
    monthly_cap = forms.DecimalField(
        min_value=Decimal(1), max_digits=10, decimal_places=2, label="Monthly limit", help_text="In dollars."
    )

    def __init__(self, *args: object, offers: list[Offer], pace: float, **options: object) -> None:
        """Take the packs for sale, and the tokens that are spent a day."""
        super().__init__(*args, **options)  # type: ignore[arg-type]
        choice = self.fields["pack_key"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [
            (each.pack.key, f"{each.pack.name}: ${each.pack.price:,.2f}{_how_often(each.pack.tokens, pace)}")
            for each in offers
        ]


def _how_often(tokens: int, pace: float) -> str:
    """Return how often so many tokens are bought at a pace of tokens a day; nothing where nothing is spent."""
    if not pace:
        return ""
    days = max(1, round(tokens / pace))
    if days > 2 * 365:
        return ", less than every two years at your pace"
    span = "day" if days == 1 else f"{days} days" if days <= 60 else f"{round(days / 30.4)} months"
    return f", about every {span} at your pace"
