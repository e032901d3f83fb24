"""Money as staff see it: read-only lists; a kept event can be replayed, with a reason."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from marketplace.gifts import admin as gifts  # noqa: F401
from marketplace.models import (
    BillReminder,
    Customer,
    EventCursor,
    Overage,
    OverageUse,
    PackOrder,
    Payment,
    StripeEvent,
    StripeSubscription,
    TopUp,
)
from marketplace.models.invoices import CreditNote, Invoice
from marketplace.payments import evidence, refunds
from marketplace.stripe import inbox, tasks
from saas.kernel import tenancy
from saas.web.admin import ActionPreview, ConfirmedActionForm, ReadOnlyAdmin, confirmed_action


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("organization", "mode", "customer_id", "method_name", "created_at")
    list_filter = ("mode",)
    search_fields = ("organization__name", "customer_id")


@admin.register(PackOrder)
class PackOrderAdmin(ReadOnlyAdmin):
    list_display = ("organization", "pack_name", "amount", "status", "method", "origin", "failure_code", "created_at")
    list_filter = ("mode", "status", "origin", "method")
    search_fields = ("organization__name", "checkout_session_id")
    date_hierarchy = "created_at"


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency.upper()}"


class CreditNoteInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CreditNote
    fields = readonly_fields = ("number", "total_cents", "tax_cents", "voided", "issued_at")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Every sale's invoice or receipt, with its credit notes."""

    inlines = (CreditNoteInline,)
    concealed = ("total_cents", "tax_cents")
    readonly_fields = ("amount", "tax_within")
    list_display = ("organization", "issued_at", "shown_number", "what", "amount", "tax_within", "customer_name")
    list_filter = ("mode",)
    search_fields = ("organization__name", "number", "invoice_id", "customer_name")
    date_hierarchy = "issued_at"

    @admin.display(ordering="total_cents")
    def amount(self, invoice: Invoice) -> str:
        return _money(invoice.total, invoice.currency)

    @admin.display(ordering="tax_cents", description="tax within it")
    def tax_within(self, invoice: Invoice) -> str:
        return _money(invoice.tax, invoice.currency)


class RefundForm(ConfirmedActionForm):
    """The amount to refund."""

    amount = forms.DecimalField(required=False, max_digits=12, decimal_places=2, help_text="Empty: all that is left.")
    field_order = ("amount", "reason")


def _refundable(payment: Payment) -> ActionPreview:
    left = payment.amount - payment.reversed_amount
    row = (str(payment.organization), f"{payment.amount} {payment.currency.upper()}", str(left), str(payment.tokens))
    return ActionPreview(heads=("Organization", "Paid", "Left to refund", "Tokens it brought"), rows=(row,))


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    actions = ("refund",)
    concealed = ("paid_cents", "reversed_cents", "dispute_fee_cents")
    readonly_fields = ("paid", "refunded", "dispute_fee", "evidence")
    list_display = (
        "organization",
        "paid_at",
        "paid",
        "refunded",
        "plan_key",
        "clawed_tokens",
        "disputed",
        "payment_intent_id",
    )
    list_filter = ("mode", "disputed")
    search_fields = ("organization__name", "payment_intent_id", "charge_id")
    date_hierarchy = "paid_at"

    @admin.display(ordering="paid_cents")
    def paid(self, payment: Payment) -> str:
        return _money(payment.amount, payment.currency)

    @admin.display(ordering="reversed_cents", description="refunded or disputed")
    def refunded(self, payment: Payment) -> str:
        return _money(payment.reversed_amount, payment.currency) if payment.reversed_cents else "-"

    @admin.display(ordering="dispute_fee_cents")
    def dispute_fee(self, payment: Payment) -> str:
        return _money(payment.dispute_fee, payment.currency) if payment.dispute_fee_cents else "-"

    @admin.display(description="evidence for a dispute")
    def evidence(self, payment: Payment) -> str:
        with tenancy.organization(UUID(str(payment.organization_id))):
            lines = evidence.evidence(payment).splitlines()
        return format_html_join("", "{}<br>", ((line,) for line in lines))

    @confirmed_action("Refund…", RefundForm, preview=_refundable)
    def refund(self, payment: Payment, values: dict[str, Any]) -> str:
        before = payment.reversed_amount
        after = refunds.refund(payment_id=payment.id, amount=values["amount"], reason=values["reason"])
        return f"{after.reversed_amount - before} {after.currency.upper()} refunded."


@admin.register(StripeSubscription)
class StripeSubscriptionAdmin(ReadOnlyAdmin):
    concealed = ("billed_cents",)
    readonly_fields = ("billed_a_month",)
    list_display = (
        "organization",
        "plan_key",
        "billed_a_month",
        "status",
        "period_ends_at",
        "cancels_at",
        "cancel_reason",
        "past_due_at",
        "processing_at",
        "paused_at",
        "held_back",
        "duplicate",
    )
    list_filter = ("mode", "status", "plan_key", "cancel_reason", "held_back", "duplicate", "method_kind")
    search_fields = ("organization__name", "subscription_id")

    @admin.display(ordering="billed_cents")
    def billed_a_month(self, subscription: StripeSubscription) -> str:
        cents = subscription.billed_cents
        return "-" if cents is None else f"${cents / 100:,.2f}"


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
    """What the ledger charged and what was reported to Stripe."""

    list_display = ("organization", "tokens", "status", "used_at", "told_at", "error", "entry_id")
    list_filter = ("mode", "status")
    search_fields = ("organization__name", "=entry_id")
    date_hierarchy = "used_at"


@admin.register(BillReminder)
class BillReminderAdmin(ReadOnlyAdmin):
    """What owners were reminded of: renewals, cards that expire, failed attempts at a bill."""

    list_display = ("organization", "kind", "subject", "about_at", "attempt", "made_at")
    list_filter = ("mode", "kind")
    search_fields = ("organization__name", "subject")
    date_hierarchy = "made_at"


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    """The events received from Stripe; one of them can be handled again."""

    actions = ("replay",)
    list_display = ("event_id", "type", "object_id", "status", "attempts", "error", "created_at", "received_at")
    list_filter = ("mode", "status", "type")
    search_fields = ("event_id", "object_id", "type")
    date_hierarchy = "received_at"

    @confirmed_action("Handle again…")
    def replay(self, event: StripeEvent, values: dict[str, Any]) -> str:
        inbox.replay(event_pk=event.pk, reason=values["reason"])
        tasks.wake(event.pk)
        return "is handled again."


@admin.register(EventCursor)
class EventCursorAdmin(ReadOnlyAdmin):
    """Up to when the catch-up has read Stripe's list of events."""

    list_display = ("mode", "read_until")
    list_select_related = False
