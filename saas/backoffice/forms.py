"""What staff ask of the back office's pages; a page asked for nonsense shows its default."""

from typing import Any

from django import forms

from plans.models import PriceBook
from plans.price_book import PriceBookTerms

EXAMPLE = {"pro": 50, "enterprise": 50, "pack_500": 10, "pack_2000": 10}
"""The scenario of a hundred customers that the target was set with."""

COUNT_MAX = 1_000_000


class MonthForm(forms.Form):
    """A month, written like 2026-11."""

    month = forms.DateField(input_formats=["%Y-%m"])


class DaysForm(forms.Form):
    """How far to look back."""

    days = forms.TypedChoiceField(choices=[(7, "7 days"), (30, "30 days"), (90, "90 days")], coerce=int)


class VersionForm(forms.Form):
    """A version of the price book, drafts included."""

    version = forms.ModelChoiceField(PriceBook.objects.order_by("-version"), label="Price book")


class SimulatorForm(forms.Form):
    """How many customers of each plan, and how many of each pack."""

    def __init__(self, *args: Any, book: PriceBookTerms, **options: Any) -> None:
        super().__init__(*args, **options)
        for plan in book.plans.values():
            if plan.monthly_price:
                self.fields[f"plan-{plan.key}"] = _count(f"{plan.name}, ${plan.monthly_price:,.2f}", plan.key)
        for pack in book.packs.values():
            self.fields[f"pack-{pack.key}"] = _count(f"{pack.name} pack, ${pack.price:,.2f}", pack.key)

    def counts(self, kind: str) -> dict[str, int]:
        """Return how many of each `plan` or `pack`, by key."""
        prefix = f"{kind}-"
        chosen = {name: count for name, count in self.cleaned_data.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): count or 0 for name, count in chosen.items()}


def _count(label: str, key: str) -> forms.IntegerField:
    return forms.IntegerField(
        required=False, min_value=0, max_value=COUNT_MAX, label=label, initial=EXAMPLE.get(key, 0)
    )
