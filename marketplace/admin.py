"""Money as staff see it: read-only lists; a kept event can be replayed, with a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace import inbox, tasks
from marketplace.actions import payments
from marketplace.gifts import admin as gifts  # noqa: F401
from marketplace.models import (
    Customer,
    EventCursor,
    Order,
    Overage,
    OverageUse,
    PaidSubscription,
    Payment,
    StripeEvent,
    TopUp,
)
from saas.kernel.errors import DomainError
from saas.web.admin import DeedForm, Preview, ReadOnlyAdmin, deed


class ReasonForm(ActionForm):
    """Why a member of staff does this."""

    reason = forms.CharField(required=False, max_length=500)


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("organization", "mode", "customer_id", "card_brand", "card_last4", "created_at")
    list_filter = ("mode",)
    search_fields = ("organization__name", "customer_id")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("organization", "pack_name", "amount", "status", "method", "origin", "failure_code", "created_at")
    list_filter = ("mode", "status", "origin", "method")
    search_fields = ("organization__name", "checkout_session_id")
    date_hierarchy = "created_at"


class RefundForm(DeedForm):
    """How much is given back."""

    amount = forms.DecimalField(required=False, max_digits=12, decimal_places=2, help_text="Empty: all that is left.")
    field_order = ("amount", "reason")


def _refundable(payment: Payment) -> Preview:
    left = payment.amount - payment.reversed_amount
    row = (str(payment.organization), f"{payment.amount} {payment.currency.upper()}", str(left), str(payment.tokens))
    return Preview(heads=("Organization", "Paid", "Left to refund", "Tokens it brought"), rows=(row,))


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    actions = ("refund",)
    list_display = (
        "organization",
        "payment_intent_id",
        "amount",
        "reversed_amount",
        "clawed_tokens",
        "disputed",
    )
    list_filter = ("mode", "disputed")
    search_fields = ("organization__name", "payment_intent_id", "charge_id")
    date_hierarchy = "paid_at"

    @deed("Refund…", RefundForm, preview=_refundable)
    def refund(self, payment: Payment, values: dict[str, Any]) -> str:
        before = payment.reversed_amount
        after = payments.refund(payment_id=payment.id, amount=values["amount"], reason=values["reason"])
        return f"{after.reversed_amount - before} {after.currency.upper()} refunded."


@admin.register(PaidSubscription)
class PaidSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("organization", "plan_key", "status", "period_ends_at", "cancels_at", "past_due_at", "duplicate")
    list_filter = ("mode", "status", "plan_key", "duplicate")
    search_fields = ("organization__name", "subscription_id")


@admin.register(TopUp)
class TopUpAdmin(ReadOnlyAdmin):
    list_display = ("organization", "enabled", "pack_key", "below_tokens", "monthly_cap", "declines", "stopped_reason")
    list_filter = ("mode", "enabled")


@admin.register(Overage)
class OverageAdmin(ReadOnlyAdmin):
    list_display = ("organization", "enabled", "monthly_cap", "token_price", "stopped_reason", "drift_tokens")
    list_filter = ("mode", "enabled")
    search_fields = ("organization__name",)


@admin.register(OverageUse)
class OverageUseAdmin(ReadOnlyAdmin):
    """What the ledger charged and Stripe was told."""

    list_display = ("organization", "tokens", "status", "used_at", "told_at", "error", "entry_id")
    list_filter = ("mode", "status")
    search_fields = ("organization__name", "=entry_id")
    date_hierarchy = "used_at"


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    """The inbox of webhooks."""

    action_form = ReasonForm
    actions = ("replay",)
    list_display = ("event_id", "type", "object_id", "status", "attempts", "error", "created_at", "received_at")
    list_filter = ("mode", "status", "type")
    search_fields = ("event_id", "object_id", "type")
    date_hierarchy = "received_at"

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return self.has_act_permission(request)

    @admin.action(description="Handle again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> None:
        for event in queryset:
            try:
                inbox.replay(event_pk=event.pk, reason=request.POST.get("reason", ""))
            except DomainError as error:
                self.message_user(request, f"{event}: {error.detail}", messages.ERROR)
            else:
                tasks.wake(event.pk)
                self.message_user(request, f"{event} is handled again.", messages.SUCCESS)


@admin.register(EventCursor)
class EventCursorAdmin(ReadOnlyAdmin):
    """Up to when the catch-up has read Stripe's list of events."""

    list_display = ("mode", "read_until")
    list_select_related = False
