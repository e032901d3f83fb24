"""Who is on which prices, moving them to the price book in effect with notice, and custom agreements."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest

from marketplace.models import StripeSubscription
from marketplace.subscriptions.price_changes import withdraw_price_change
from plans import margins
from plans.admin import OrganizationSelect
from plans.agreements import custom, price_changes
from plans.agreements.queries import as_terms
from plans.models import Agreement
from plans.price_book import AgreedTerms, terms_of
from plans.queries import current_book
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.web.admin import ActionPreview, ConfirmedActionForm, Instant, ReadOnlyAdmin, confirmed_action

PERMISSION = "plans.change_pricebook"
"""Who may change prices of everybody may change those of one."""


class MoveForm(ConfirmedActionForm):
    """How long before its renewal a customer is told."""

    notice_days = forms.IntegerField(
        min_value=0,
        max_value=365,
        initial=price_changes.NOTICE.days,
        help_text="It begins with the first renewal after.",
    )
    field_order = ("notice_days", "reason")


class CustomAgreementForm(forms.ModelForm):  # type: ignore[type-arg]
    """Terms of one organization's own. `terms` and `below` are what the form comes to."""

    customer = forms.ModelChoiceField(Organization.objects.all(), label="Organization")
    plan = forms.ChoiceField(choices=lambda: custom_plans())
    monthly_price = forms.DecimalField(min_value=Decimal("0.01"), max_digits=12, decimal_places=2)
    monthly_tokens = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    overage_token_price = forms.DecimalField(
        required=False, min_value=Decimal("0.0001"), max_digits=10, decimal_places=4, help_text="Empty: as listed."
    )
    packs = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea,
        help_text="One a line: pack_500 25.00. Empty: as listed.",
    )
    starts_at = Instant(required=False, help_text="UTC; empty: now. A subscription has it from its next renewal on.")
    agreed_until = Instant(required=False, help_text="UTC; empty: for good. It ends with the renewal then or after.")
    reason = forms.CharField(max_length=200, help_text="Kept in the audit log for ever.")
    why_below_target = forms.CharField(
        required=False, max_length=200, label="Why below 90 %", help_text="Needed where it is not above the line."
    )

    class Meta:
        model = Agreement
        fields = ()

    def _post_clean(self) -> None:
        """Leave the row to the action, which makes it."""

    def clean_packs(self) -> tuple[tuple[str, Decimal], ...]:
        """Return the packs' keys with their prices."""
        prices = {}
        for line in self.cleaned_data["packs"].splitlines():
            if not line.strip():
                continue
            key, _, dollars = line.strip().partition(" ")
            if key not in current_book().packs:
                raise forms.ValidationError(f"There is no pack {key!r}.")
            prices[key] = forms.DecimalField(min_value=Decimal("0.01"), max_digits=12, decimal_places=2).clean(dollars)
        return tuple(sorted(prices.items()))

    def clean(self) -> dict[str, Any]:
        """Ask for a word on what is below the line."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        values["terms"] = terms = AgreedTerms(
            values["plan"],
            current_book().version,
            values["monthly_price"],
            values["monthly_tokens"],
            values["overage_token_price"],
            values["packs"],
            is_custom=True,
        )
        below = margins.newly_below(custom.lines(terms), current_book())
        if below and not values["why_below_target"].strip():
            listed = ", ".join(f"{line.name} {line.percent}" for line in below)
            self.add_error("why_below_target", f"Not above the 90 % line: {listed}. Say why it is wanted all the same.")
        if values["agreed_until"] and values["agreed_until"] <= (values["starts_at"] or database_now()):
            self.add_error("agreed_until", "The agreement ends before it begins.")
        return values


def custom_plans() -> list[tuple[str, str]]:
    """Return the plans whose prices can be agreed, with their names."""
    plans = current_book().plans.values()
    return [(plan.key, plan.name) for plan in plans if custom.FEATURE in plan.features]


def listed(prices: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Return what is in force for a subscription, announced, or agreed with an organization."""
    now = Now() + F("organization__clock_offset")
    later = Agreement.objects.filter(
        Q(subscription=OuterRef("subscription")) | Q(subscription=None),
        organization_id=OuterRef("organization_id"),
        plan_key=OuterRef("plan_key"),
        starts_at__gt=OuterRef("starts_at"),
        starts_at__lte=Now() + F("organization__clock_offset"),
    )
    begun = Q(starts_at__lte=now, subscription__ended_at=None, subscription__plan_key=F("plan_key")) & ~Exists(later)
    waiting = Q(announced_for__isnull=False, applied_at=None, withdrawn_at=None)
    return prices.filter(begun | waiting | Q(subscription=None, withdrawn_at=None))


def _billed() -> QuerySet[StripeSubscription]:
    return StripeSubscription.objects.filter(
        organization_id=OuterRef("organization_id"), plan_key=OuterRef("plan_key"), ended_at=None, duplicate=False
    )


def target_of(agreement: Agreement) -> AgreedTerms | None:
    """Return what the price book in effect sells the plan for; None where it sells it no more."""
    book = current_book()
    return terms_of(book.version, book.plans[agreement.plan_key]) if agreement.plan_key in book.plans else None


def after_move(values: dict[str, Any], agreement: Any) -> ActionPreview:
    """Return what a customer pays and gets now and then, and what that earns at full use."""
    heads = ("", "price a month", "tokens a month", "MRR", "margin at full use")
    wanted = target_of(agreement)
    if wanted is None:
        return ActionPreview(heads, [("not sold any more", "", "", "", "")])
    now = as_terms(agreement)
    billed = None if agreement.billed_cents is None else Decimal(agreement.billed_cents) / 100
    quantity = max(1, int((billed or 0) // now.monthly_price)) if now.monthly_price else 1
    then = None if billed is None else wanted.monthly_price * quantity
    with tenancy.organization(agreement.organization_id):
        begins_at = price_changes.next_renewal(agreement.plan_key, notice=timedelta(days=values["notice_days"]))
    when = f"from {begins_at:%d %B %Y} on" if begins_at else "no subscription"
    return ActionPreview(heads, [_row("now", now, billed), _row(when, wanted, then)])


def _row(name: str, terms: AgreedTerms, mrr: Decimal | None) -> tuple[str, ...]:
    book = current_book()
    line = margins.plan_line(book, terms.on(book.plans[terms.plan_key]))
    paid = "$0.00, given" if mrr is None else f"${mrr:,.2f}"
    return (name, f"${terms.monthly_price:,.2f}", f"{terms.monthly_tokens:,}", paid, line.percent)


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    """Who pays and gets what, of which version."""

    actions = ("move", "withdraw")
    list_display = (
        "organization",
        "plan_key",
        "terms",
        "monthly_price",
        "monthly_tokens",
        "billed",
        "starts_at",
        "announced_for",
        "agreed_until",
    )
    list_filter = ("plan_key", "price_book_version", ("subscription", admin.EmptyFieldListFilter), "announced_for")
    search_fields = ("organization__name", "=organization__id", "reason")
    ordering = ("-id",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Let those act who may change price books."""
        return request.user.has_perm(PERMISSION)

    def get_queryset(self, request: HttpRequest) -> Any:
        billed = Subquery(_billed().values("billed_cents")[:1])
        return listed(super().get_queryset(request)).annotate(billed_cents=billed).select_related("subscription")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those agree on custom terms who may change price books."""
        return request.user.has_perm(PERMISSION)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Return the form of custom terms, with organizations looked up by name."""
        if obj is not None:
            return super().get_form(request, obj, change, **options)
        field = Agreement._meta.get_field("organization")
        CustomAgreementForm.base_fields["customer"].widget = OrganizationSelect(field, self.admin_site)
        return CustomAgreementForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else list(CustomAgreementForm.base_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_readonly_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: Agreement, form: Any, change: bool) -> None:
        """Agree through the action, for the organization."""
        values = form.cleaned_data
        with tenancy.organization(values["customer"].pk):
            made = custom.agree(
                terms=values["terms"],
                starts_at=values["starts_at"],
                agreed_until=values["agreed_until"],
                reason=values["reason"],
                why_below_target=values["why_below_target"],
            )
        obj.pk, obj.organization, obj.plan_key = made.pk, values["customer"], made.plan_key

    @admin.display(ordering="price_book_version")
    def terms(self, agreement: Agreement) -> str:
        return "custom" if agreement.is_custom else f"version {agreement.price_book_version}"

    @admin.display(ordering="billed_cents", description="billed a month")
    def billed(self, agreement: Any) -> str:
        return "-" if agreement.billed_cents is None else f"${agreement.billed_cents / 100:,.2f}"

    @confirmed_action("Move to the price book in effect…", MoveForm, effect=after_move)
    def move(self, agreement: Agreement, values: dict[str, Any]) -> str:
        change = price_changes.move(
            plan_key=agreement.plan_key, notice=timedelta(days=values["notice_days"]), reason=values["reason"]
        )
        return f"announced for {change.announced_for:%d %B %Y}; its owners are notified."

    @confirmed_action("Withdraw the announced change…")
    def withdraw(self, agreement: Agreement, values: dict[str, Any]) -> str:
        offer = custom.withdraw_offer(agreement_id=agreement.pk, reason=values["reason"])
        done = offer or withdraw_price_change(reason=values["reason"])
        return "withdrawn." if done else "nothing is announced."
