"""Forms of the admin about plans."""

from typing import Any

from django import forms

from plans.models import Override, OverrideKind, Rollout
from plans.queries import current_book
from saas.accounts.models import Organization
from saas.web.admin import DeedForm, Instant


def overridable() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what can be overridden, by kind."""
    book = current_book()
    limits = sorted(set[str]().union(*(plan.limits for plan in book.plans.values())))
    keys: dict[OverrideKind, list[str]] = {
        OverrideKind.FEATURE: sorted(book.features),
        OverrideKind.LIMIT: limits,
        OverrideKind.PRICE: sorted(book.operation_prices),
    }
    return [(str(kind.label), [(f"{kind}:{key}", key) for key in names]) for kind, names in keys.items()]


class OverrideForm(forms.ModelForm):  # type: ignore[type-arg]
    """A value of one organization's own."""

    customer = forms.ModelChoiceField(Organization.objects.all(), label="Organization")
    what = forms.ChoiceField(choices=overridable)
    ends_at = Instant(required=False, help_text="UTC; empty: for good")

    class Meta:
        model = Override
        fields = ("value", "ends_at", "reason")

    def clean(self) -> dict[str, Any]:
        """Give a feature 0 or 1 and a price a number."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        kind, value = str(values.get("what", "")).partition(":")[0], values.get("value")
        if kind == OverrideKind.FEATURE and value not in (0, 1):
            self.add_error("value", "A feature is 0 (off) or 1 (on).")
        if kind == OverrideKind.PRICE and not value:
            self.add_error("value", "A price is at least one token.")
        return values


class RolloutForm(forms.ModelForm):  # type: ignore[type-arg]
    """How many organizations have a feature yet."""

    feature = forms.ChoiceField(choices=lambda: [(key, key) for key in sorted(current_book().features)])
    percentage = forms.IntegerField(min_value=0, max_value=100)
    reason = forms.CharField(max_length=200, help_text="Kept in the audit log for ever.")

    class Meta:
        model = Rollout
        fields = ("feature", "percentage")


class PublishForm(DeedForm):
    """When a draft takes effect."""

    at = Instant(required=False, label="Takes effect at", help_text="UTC; empty: now. From then on it cannot change.")
    field_order = ("at", "reason")
