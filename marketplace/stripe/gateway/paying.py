"""Writes to Stripe. Every call that can move money carries an idempotency key, saved with its row."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from marketplace.stripe.gateway import configurations
from marketplace.stripe.gateway.bills import PLAN_LOOKUP_PREFIX
from marketplace.stripe.gateway.client import asking
from marketplace.stripe.gateway.snapshots import Quote, SubscriptionSnapshot
from marketplace.stripe.gateway.statements import plan_statement
from marketplace.stripe.gateway.values import id_of

BILLING_DETAILS_ASKED: dict[str, Any] = {
    "customer_update": {"address": "auto", "name": "auto"},
    "tax_id_collection": {"enabled": True},
}
"""What a pay page asks businesses for, and saves with the customer: it stands on their invoices."""


@dataclass(frozen=True)
class Visit:
    """A page at Stripe to send somebody to."""

    session_id: str
    url: str


@dataclass(frozen=True)
class PlanPrice:
    """What a plan costs a month; a custom price is not the one that everybody is offered."""

    plan_key: str
    name: str
    amount: Decimal
    currency: str = "usd"
    is_custom: bool = False

    @property
    def cents(self) -> int:
        """Return the price in the currency's smallest unit."""
        return int(self.amount * 100)

    @property
    def lookup_key(self) -> str:
        """Return the name by which the price is found at Stripe."""
        return f"{PLAN_LOOKUP_PREFIX}{self.plan_key}" if not self.is_custom else f"custom_{self.plan_key}_{self.cents}"


def create_customer(*, organization_id: UUID, name: str, email: str, deleted: int = 0) -> str:
    """Make the organization's customer, once; return its id. `deleted` counts those that were deleted at Stripe."""
    metadata = metadata_of(organization_id, "customer")
    again = f":{deleted}" if deleted else ""
    with asking() as c:
        made = c.v1.customers.create(
            {"name": name, "email": email, "metadata": metadata},
            {"idempotency_key": f"customer:{settings.BILLING_MODE}:{organization_id}{again}"},
        )
    return made.id


def change_contact(*, customer_id: str, email: str | None = None, name: str | None = None) -> None:
    """Set the name and address of the customer's bills; empty values remove them, None leaves them as they are."""
    given: Any = {name: value for name, value in (("email", email), ("name", name)) if value is not None}
    with asking() as c:
        c.v1.customers.update(customer_id, given)


def open_subscription_checkout(
    *, organization_id: UUID, customer_id: str, price_id: str, key: str, success_url: str, cancel_url: str
) -> Visit:
    """Open the pay page for a plan. `key` names the attempt."""
    metadata = metadata_of(organization_id, "subscription")
    params: Any = {
        "mode": "subscription",
        "customer": customer_id,
        "client_reference_id": str(organization_id),
        "line_items": [{"price": price_id, "quantity": 1}],
        "subscription_data": {"metadata": metadata, "billing_mode": {"type": "flexible"}},
        "payment_method_configuration": configurations.methods(),
        **BILLING_DETAILS_ASKED,
        "automatic_tax": {"enabled": settings.STRIPE_TAX},
        "success_url": success_url,
        "cancel_url": cancel_url,
        "metadata": metadata,
    }
    with asking() as c:
        session = c.v1.checkout.sessions.create(params, {"idempotency_key": key})
    return Visit(session.id, session.url or "")


def expire_open_checkouts(customer_id: str, *, modes: Collection[str] = ("subscription",)) -> None:
    """Close every open pay page of these modes; those for a plan, so that two tabs cannot buy two subscriptions."""
    with asking() as c:
        for session in c.v1.checkout.sessions.list({"customer": customer_id, "status": "open", "limit": 100}).data:
            if session.mode in modes:
                c.v1.checkout.sessions.expire(session.id)


def ensure_price(plan: PlanPrice) -> str:
    """Return the id of the plan's price at Stripe, made or replaced where it is missing or costs something else.

    The lookup key moves to the new price; subscriptions on the old one stay on it, and it still names its plan.
    """
    lookup_key = plan.lookup_key
    with asking() as c:
        for price in c.v1.prices.list({"lookup_keys": [lookup_key], "active": True, "limit": 10}).data:
            same = price.unit_amount == plan.cents and price.currency == plan.currency
            if price.lookup_key == lookup_key and same and is_taxed_as_set(price):
                return price.id
        made = c.v1.prices.create(
            {
                "currency": plan.currency,
                "unit_amount": plan.cents,
                "recurring": {"interval": "month"},
                "lookup_key": lookup_key,
                "transfer_lookup_key": True,
                "tax_behavior": settings.STRIPE_TAX_BEHAVIOR,
                "metadata": {"plan": plan.plan_key},
                "product_data": {
                    "name": f"Milepost {plan.name}",
                    "statement_descriptor": plan_statement(plan.name),
                    "metadata": {"plan": plan.plan_key},
                },
            },
            {"idempotency_key": _price_key(plan)},
        )
    return made.id


def name_on_statements(plans: Iterable[PlanPrice]) -> int:
    """See that the products of these plans say on a statement which plan it is; return how many did not."""
    changed = 0
    with asking() as c:
        for plan in plans:
            params: Any = {"lookup_keys": [plan.lookup_key], "active": True, "limit": 1, "expand": ["data.product"]}
            for price in c.v1.prices.list(params).data:
                wanted = plan_statement(plan.name)
                product: Any = getattr(price, "product", None)
                if hasattr(product, "id") and getattr(product, "statement_descriptor", None) != wanted:
                    c.v1.products.update(
                        product.id,
                        {"statement_descriptor": wanted},
                        {"idempotency_key": f"statement:{product.id}:{wanted}"},
                    )
                    changed += 1
    return changed


def is_taxed_as_set(price: Any) -> bool:
    """Return True if tax is in the price, or comes on top, as STRIPE_TAX_BEHAVIOR says."""
    return bool((getattr(price, "tax_behavior", "") == "inclusive") == (settings.STRIPE_TAX_BEHAVIOR == "inclusive"))


def _price_key(plan: PlanPrice) -> str:
    inclusive = ":inclusive" if settings.STRIPE_TAX_BEHAVIOR == "inclusive" else ""
    return f"price:{plan.lookup_key}:{plan.cents}:{plan.currency}{inclusive}"


def quote_change(*, snapshot: SubscriptionSnapshot, price_id: str, at: datetime) -> Quote:
    """Return what changing to the price costs, prorated at the instant `at`; nothing is changed."""
    with asking() as c:
        preview = c.v1.invoices.create_preview(
            {
                "customer": snapshot.customer_id,
                "subscription": snapshot.subscription_id,
                "subscription_details": {
                    "items": [{"id": snapshot.item_id, "price": price_id}],
                    "proration_behavior": "always_invoice",
                    "proration_date": int(at.timestamp()),
                },
            }
        )
    lines = tuple((line.description or "", Decimal(line.amount) / 100) for line in preview.lines.data)
    taxes = getattr(preview, "total_taxes", None) or ()
    tax = sum((Decimal(each.amount) for each in taxes if each.tax_behavior == "exclusive"), Decimal(0))
    return Quote(Decimal(preview.amount_due) / 100, preview.currency, lines, tax / 100)


def quote_renewal(snapshot: SubscriptionSnapshot, *, price_id: str = "") -> Decimal:
    """Return what the subscription's next bill would be, as things stand, in the currency's major unit.

    With discounts, tax and credit, at the price given, else the one that is scheduled for then, else the present one:
    a preview of the subscription alone does not know of what is to come.
    """
    params: Any = {"customer": snapshot.customer_id, "subscription": snapshot.subscription_id}
    if to_come := price_id or snapshot.scheduled_price_id:
        params["subscription_details"] = {
            "items": [{"id": snapshot.item_id, "price": to_come}],
            "proration_behavior": "none",
        }
    with asking() as c:
        preview = c.v1.invoices.create_preview(params)
    return Decimal(preview.amount_due) / 100


def upgrade(*, snapshot: SubscriptionSnapshot, price_id: str, at: datetime, key: str) -> None:
    """Change to a dearer price now: it holds once its bill is paid, and not at all if that fails."""
    _release(snapshot.schedule_id)
    with asking() as c:
        c.v1.subscriptions.update(
            snapshot.subscription_id,
            {
                "items": [{"id": snapshot.item_id, "price": price_id}],
                "proration_behavior": "always_invoice",
                "proration_date": int(at.timestamp()),
                "payment_behavior": "pending_if_incomplete",
            },
            {"idempotency_key": key},
        )


def downgrade_later(*, snapshot: SubscriptionSnapshot, price_id: str, key: str) -> None:
    """Change to a cheaper price when the paid period ends; overage is not sold on from there."""
    _release(snapshot.schedule_id)
    _undo_cancellation(snapshot, key)
    _schedule(snapshot, [{"price": price_id, "quantity": snapshot.quantity}], key)


def reprice_later(*, snapshot: SubscriptionSnapshot, price_id: str, key: str) -> None:
    """Change the plan's price when the paid period ends; all else of the subscription stays."""
    _release(snapshot.schedule_id)
    _schedule(snapshot, _items(snapshot, price_id), key)


def release_schedule(*, schedule_id: str) -> None:
    """Undo what a schedule would change; the subscription continues as it is."""
    _release(schedule_id)


def _schedule(snapshot: SubscriptionSnapshot, items: list[Any], key: str) -> None:
    """Let other items follow at the period's end, for as long as nothing else is changed; coupons and tax rates go on.

    A phase that names no discounts has the customer's, and not those of the subscription.
    """
    with asking() as c:
        schedule = c.v1.subscription_schedules.create(
            {"from_subscription": snapshot.subscription_id}, {"idempotency_key": f"{key}:schedule"}
        )
        kept = _kept(schedule.phases[0])
        phases: Any = [
            {
                **kept,
                "items": _items(snapshot, snapshot.price_id),
                "start_date": int(snapshot.period_starts_at.timestamp()),
                "end_date": int(snapshot.period_ends_at.timestamp()),
            },
            {
                **kept,
                "items": items,
                "duration": {"interval": "month", "interval_count": 1},
                "proration_behavior": "none",
            },
        ]
        c.v1.subscription_schedules.update(
            schedule.id, {"end_behavior": "release", "phases": phases}, {"idempotency_key": f"{key}:phases"}
        )


def _kept(phase: Any) -> dict[str, Any]:
    """Return what the coming phase keeps of the present one: its discounts and tax rates."""
    discounts = [{"discount": each.discount} for each in getattr(phase, "discounts", None) or () if each.discount]
    rates = [id_of(each) for each in getattr(phase, "default_tax_rates", None) or ()]
    return ({"discounts": discounts} if discounts else {}) | ({"default_tax_rates": rates} if rates else {})


def _items(snapshot: SubscriptionSnapshot, price_id: str) -> list[Any]:
    """Return the items with this price of the plan, as a schedule's phase takes them; a metered one has no quantity."""
    metered = [{"price": snapshot.overage_price_id}] if snapshot.overage_price_id else []
    return [{"price": price_id, "quantity": snapshot.quantity}, *metered]


def cancel_later(*, snapshot: SubscriptionSnapshot, reason: str = "", key: str) -> None:
    """End the subscription when the paid period ends; `reason` is one of Stripe's own."""
    _release(snapshot.schedule_id)
    params: Any = {"cancel_at": "min_period_end", **_because(reason)}
    with asking() as c:
        c.v1.subscriptions.update(snapshot.subscription_id, params, {"idempotency_key": key})


def _because(reason: str) -> dict[str, Any]:
    return {"cancellation_details": {"feedback": reason}} if reason else {}


def undo_scheduled_change(*, snapshot: SubscriptionSnapshot, key: str) -> None:
    """Undo a planned downgrade or cancellation."""
    _release(snapshot.schedule_id)
    _undo_cancellation(snapshot, key)


def cancel_now(*, subscription_id: str, schedule_id: str, reason: str = "", key: str) -> None:
    """End the subscription at once, whatever is scheduled to follow, without billing or crediting anything."""
    _release(schedule_id)
    with asking() as c:
        params: Any = {"invoice_now": False, "prorate": False, **_because(reason)}
        c.v1.subscriptions.cancel(subscription_id, params, {"idempotency_key": key})


def pay_invoice(*, invoice_id: str, card: str, key: str) -> None:
    """Try an open bill again with the card. Raises CardDeclined."""
    with asking() as c:
        c.v1.invoices.pay(invoice_id, {"payment_method": card} if card else {}, {"idempotency_key": key})


def void_bill(*, invoice_id: str) -> None:
    """End an open bill without payment: its link works no more."""
    with asking() as c:
        c.v1.invoices.void_invoice(invoice_id, {}, {"idempotency_key": f"void:{invoice_id}"})


def use_card(*, subscription_id: str, card: str, key: str) -> None:
    """Let the subscription's next bills be paid with the card: the one it began with would be charged otherwise.

    `key` names the attempt: who goes back to the card before within a day has another one.
    """
    with asking() as c:
        c.v1.subscriptions.update(
            subscription_id,
            {"default_payment_method": card},
            {"idempotency_key": f"card:{subscription_id}:{card}:{key}"},
        )


def refund(*, payment_intent_id: str, invoice_id: str, cents: int, organization_id: UUID, key: str) -> None:
    """Give money back: by a credit note over the payment's invoice, where it has one."""
    metadata = metadata_of(organization_id, "refund")
    with asking() as c:
        if invoice_id:
            c.v1.credit_notes.create(
                {"invoice": invoice_id, "amount": cents, "refund_amount": cents, "metadata": metadata},
                {"idempotency_key": key},
            )
        else:
            c.v1.refunds.create(
                {
                    "payment_intent": payment_intent_id,
                    "amount": cents,
                    "reason": "requested_by_customer",
                    "metadata": metadata,
                },
                {"idempotency_key": key},
            )


def payment_of_latest_invoice(subscription_id: str) -> str:
    """Return the payment intent that paid the subscription's newest bill, or nothing."""
    with asking() as c:
        bills = c.v1.invoices.list({"subscription": subscription_id, "status": "paid", "limit": 1}).data
        payments = c.v1.invoice_payments.list({"invoice": bills[0].id, "limit": 1}).data if bills else []
    intent = payments[0].payment.payment_intent if payments else None
    return intent if isinstance(intent, str) else getattr(intent, "id", "")


def open_portal(*, customer_id: str, return_url: str, change_card: bool) -> str:
    """Open the customer portal, at the card if wanted; return its address."""
    params: Any = {
        "customer": customer_id,
        "return_url": return_url,
        "configuration": configurations.portal(),
    }
    if change_card:
        params["flow_data"] = {"type": "payment_method_update"}
    with asking() as c:
        return c.v1.billing_portal.sessions.create(params).url


def _release(schedule_id: str) -> None:
    """Let go of a schedule, if there is one: Stripe refuses direct changes while one is attached."""
    if schedule_id:
        with asking() as c:
            c.v1.subscription_schedules.release(schedule_id)


def _undo_cancellation(snapshot: SubscriptionSnapshot, key: str) -> None:
    if snapshot.cancels_at is not None:
        with asking() as c:
            kept: Any = {"cancel_at": "", "cancellation_details": {"feedback": ""}}
            c.v1.subscriptions.update(snapshot.subscription_id, kept, {"idempotency_key": f"{key}:keep"})


def metadata_of(organization_id: UUID, kind: str) -> dict[str, str]:
    """Return what every object of an organization carries at Stripe."""
    return {"organization_id": str(organization_id), "kind": kind, "mode": settings.BILLING_MODE}
