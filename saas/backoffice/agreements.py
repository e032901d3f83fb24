"""Who is on which prices."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest

from marketplace.models import StripeSubscription
from plans.models import Agreement
from saas.web.admin import ReadOnlyAdmin


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


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    """Who pays and gets what, of which version."""

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

    def get_queryset(self, request: HttpRequest) -> Any:
        billed = Subquery(_billed().values("billed_cents")[:1])
        return listed(super().get_queryset(request)).annotate(billed_cents=billed).select_related("subscription")

    @admin.display(ordering="price_book_version")
    def terms(self, agreement: Agreement) -> str:
        return "custom" if agreement.is_custom else f"version {agreement.price_book_version}"

    @admin.display(ordering="billed_cents", description="billed a month")
    def billed(self, agreement: Any) -> str:
        return "-" if agreement.billed_cents is None else f"${agreement.billed_cents / 100:,.2f}"
