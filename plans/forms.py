"""Forms of the admin about plans."""

from types import SimpleNamespace
from typing import Any, cast

from django import forms

from plans import margins
from plans.models import Override, OverrideKind, Rollout
from plans.queries import current_book, staff_grant_tokens_max
from saas.accounts.models import Organization
from saas.web.admin import ConfirmedActionForm, Instant
from tokens.kinds import Source


def overridable() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what can be overridden, by kind."""
    book = current_book()
    limits = sorted(set[str]().union(*(plan.customer_limits for plan in book.plans.values())))
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


TOKENS_MAX = 2**31 - 1


class GrantForm(ConfirmedActionForm):
    """What to grant. The submission is the grant's business key: a double click grants once."""

    source = forms.ChoiceField(
        choices=[(each.value, each.label) for each in (Source.GIFT, Source.PROMO, Source.ADJUSTMENT)]
    )
    tokens = forms.IntegerField(min_value=1, max_value=TOKENS_MAX)
    expires_at = Instant(required=False, help_text="UTC; empty: never")
    field_order = ("source", "tokens", "expires_at", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.most = staff_grant_tokens_max()
        if self.most is not None:
            self.fields["tokens"].help_text = f"At most {self.most:,} in one go, as the price book says."

    def clean_tokens(self) -> int:
        """Refuse more than staff may grant."""
        tokens: int = self.cleaned_data["tokens"]
        if self.most is not None and tokens > self.most:
            raise forms.ValidationError(
                f"At most {self.most:,} tokens in one go (staff_grant_tokens_max of the price book)."
            )
        return tokens


class RolloutForm(forms.ModelForm):  # type: ignore[type-arg]
    """How many organizations have a feature yet."""

    feature = forms.ChoiceField(choices=lambda: [(key, key) for key in sorted(current_book().features)])
    percentage = forms.IntegerField(min_value=0, max_value=100)
    reason = forms.CharField(max_length=200, help_text="Kept in the audit log for ever.")

    class Meta:
        model = Rollout
        fields = ("feature", "percentage")


class PublishForm(ConfirmedActionForm):
    """When a draft takes effect."""

    at = Instant(required=False, label="Takes effect at", help_text="UTC; empty: now. From then on it cannot change.")
    why_below_target = forms.CharField(
        required=False,
        max_length=200,
        label="Why below 90 %",
        help_text="Needed where a new price is not above the line; kept in the audit log for ever.",
    )
    field_order = ("at", "reason", "why_below_target")


ACCEPT = "accept_below_target"
BY_DESIGN = "Packs are below it by design, as an emergency top-up."


def warnings(values: dict[str, Any]) -> list[str]:
    """Return what to say of a plan's or pack's new prices that are not above the 90 % line, given its form's values."""
    book, item = current_book(), cast(Any, SimpleNamespace(**values))
    if "price" in values:
        sold = [margins.pack_line(book, item)]
    else:
        sold = [margins.plan_line(book, item)] if item.monthly_price else []
        sold += [margins.overage_line(item.name, price)] if (price := values.get("overage_token_price")) else []
    design = f" {BY_DESIGN}" if "price" in values else ""
    below = margins.newly_below(sold, book)
    return [f"{line.name}: margin {line.percent} at full use, not above 90 %.{design}" for line in below]


class MarginForm(forms.ModelForm):  # type: ignore[type-arg]
    """A draft, whose new prices below the line have to be accepted before they are saved."""

    accept_below_target = forms.BooleanField(
        required=False,
        label="Accept prices below 90 %",
        help_text="Asked for where a new price is not above the line at full use.",
    )


class PlanForm(MarginForm):
    """A plan of a draft."""

    def clean(self) -> dict[str, Any]:
        """Warn of prices below the line until they are accepted."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not values.get(ACCEPT):
            for warning in warnings(values):
                self.add_error(ACCEPT, warning)
        return values


class MarginFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The plans or packs of a draft; each is warned of below the line until that is accepted on the draft's form."""

    def clean(self) -> None:
        """Warn of prices below the line."""
        super().clean()
        if any(self.errors) or self.data.get(ACCEPT):
            return
        for form in self.forms:
            if form.has_changed() and not form.cleaned_data.get("DELETE"):
                for warning in warnings(form.cleaned_data):
                    form.add_error(None, f"{warning} Accept prices below 90 % to save this.")
