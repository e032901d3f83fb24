"""Metered billing: the meter, its price, the item of a subscription, and reporting usage."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import stripe
from django.conf import settings

from marketplace.stripe.gateway.client import asking
from marketplace.stripe.gateway.paying import is_taxed_as_set
from marketplace.stripe.gateway.snapshots import SubscriptionSnapshot
from saas.kernel.errors import DomainError

EVENT = "milepost_overage_tokens"
"""What usage is called at Stripe: one meter sums it, by customer."""


class UseRefused(DomainError):
    """Stripe refused to count a use: certainly nothing was counted."""

    code, status, title = "use_refused", 409, "The usage was not counted"


@dataclass(frozen=True)
class OveragePrice:
    """What a token beyond all others costs on a plan, in dollars."""

    plan_key: str
    plan_name: str
    amount: Decimal
    currency: str = "usd"
    is_custom: bool = False

    @property
    def cents(self) -> Decimal:
        """Return the price in the currency's smallest unit; it has fractions of it."""
        return Decimal(format((self.amount * 100).normalize(), "f"))

    @property
    def lookup_key(self) -> str:
        """Return the name by which the price is found at Stripe; a custom one is not what everybody is offered."""
        listed = f"overage_milepost_{self.plan_key}"
        return f"{listed}_{self.cents}" if self.is_custom else listed


def ensure_overage_price(price: OveragePrice) -> str:
    """Return the id of the metered price at Stripe, made or replaced where it is missing or costs something else.

    The lookup key moves to the new price; subscriptions on the old one stay on it.
    """
    lookup_key = price.lookup_key
    with asking() as c:
        meter_id = _ensure_meter(c)
        for made in c.v1.prices.list({"lookup_keys": [lookup_key], "active": True, "limit": 10}).data:
            if (made.lookup_key, made.currency) == (lookup_key, price.currency) and _same(made, price, meter_id):
                return made.id
        return c.v1.prices.create(
            {
                "currency": price.currency,
                "unit_amount_decimal": price.cents,
                "recurring": {"interval": "month", "usage_type": "metered", "meter": meter_id},
                "lookup_key": lookup_key,
                "transfer_lookup_key": True,
                "tax_behavior": settings.STRIPE_TAX_BEHAVIOR,
                "metadata": {"overage": price.plan_key},
                "product_data": {
                    "name": f"Milepost {price.plan_name} overage tokens",
                    "metadata": {"overage": price.plan_key},
                },
            },
            {
                "idempotency_key": f"overage-price:{lookup_key}:{price.cents}:{price.currency}:{meter_id}"
                f":{settings.STRIPE_TAX_BEHAVIOR}"
            },
        ).id


def _same(made: Any, price: OveragePrice, meter_id: str) -> bool:
    is_priced = Decimal(made.unit_amount_decimal) == price.cents and made.recurring.meter == meter_id
    return is_priced and is_taxed_as_set(made)


def _ensure_meter(c: stripe.StripeClient) -> str:
    return (
        _meter(c)
        or c.v1.billing.meters.create(
            {
                "display_name": "Milepost overage tokens",
                "event_name": EVENT,
                "default_aggregation": {"formula": "sum"},
                "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
                "value_settings": {"event_payload_key": "value"},
            },
            {"idempotency_key": f"meter:{EVENT}"},
        ).id
    )


def _meter(c: stripe.StripeClient) -> str:
    """Return the id of our meter, or nothing before it is made. An event name belongs to one active meter."""
    meters = c.v1.billing.meters.list({"status": "active", "limit": 100}).data
    return next((meter.id for meter in meters if meter.event_name == EVENT), "")


def add_overage(*, snapshot: SubscriptionSnapshot, price_id: str, key: str) -> None:
    """Add the metered item to a subscription: from now on usage is billed when the period ends."""
    try:
        _change_items(snapshot.subscription_id, {"price": price_id}, key)
    except stripe.InvalidRequestError as error:
        if "multiple subscription items" not in str(error):  # somebody was faster
            raise


def remove_overage(*, snapshot: SubscriptionSnapshot, key: str) -> None:
    """Take the metered item away. What was used and not billed yet never will be: see that nothing was."""
    _change_items(snapshot.subscription_id, {"id": snapshot.overage_item_id, "deleted": True}, key)


def _change_items(subscription_id: str, item: Any, key: str) -> None:
    with asking() as c:
        c.v1.subscriptions.update(
            subscription_id, {"items": [item], "proration_behavior": "none"}, {"idempotency_key": key}
        )


def report_usage(*, customer_id: str, identifier: str, tokens: int, at: datetime) -> None:
    """Report usage to Stripe, once per identifier; reporting it again within a day changes nothing.

    Raises UseRefused when certainly nothing was counted, PaymentsUnavailable when nobody knows.
    """
    timestamp = int(at.timestamp())
    with asking() as c:
        try:
            c.v1.billing.meter_events.create(
                {
                    "event_name": EVENT,
                    "identifier": identifier,
                    "timestamp": timestamp,
                    "payload": {"stripe_customer_id": customer_id, "value": str(tokens)},
                },
                {"idempotency_key": f"use:{identifier}:{timestamp}"},
            )
        except stripe.InvalidRequestError as error:
            if "already exists with identifier" not in str(error):
                raise UseRefused(f"Stripe did not count a use: {error}") from error


def counted_use(*, customer_id: str, since: datetime, until: datetime) -> int:
    """Return the tokens that Stripe counted for a customer; both ends are whole minutes.

    Stripe counts in the background: what was reported in the last minutes may be missing.
    """
    with asking() as c:
        meter_id = _meter(c)
        if not meter_id:
            return 0
        window: Any = {
            "customer": customer_id,
            "start_time": int(since.timestamp()),
            "end_time": int(until.timestamp()),
        }
        summaries = c.v1.billing.meters.event_summaries.list(meter_id, window).data
    return round(sum(summary.aggregated_value for summary in summaries))
