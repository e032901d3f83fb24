"""The one door to Stripe. Nothing outside knows the SDK; what comes out are values of `gateway.facts`.

Every call goes through `client.asking()`: no transaction and no connection is open, errors have names of ours.
"""

from marketplace.gateway.client import CardDeclined, PaymentsUnavailable, api_version
from marketplace.gateway.paying import (
    PlanPrice,
    Visit,
    cancel_later,
    cancel_now,
    charge_card,
    create_customer,
    downgrade_later,
    ensure_price,
    expire_open_checkouts,
    keep,
    open_pack_checkout,
    open_portal,
    open_subscription_checkout,
    pay_invoice,
    payment_of_latest_invoice,
    quote_change,
    refund,
    upgrade,
)
from marketplace.gateway.reading import (
    checkout,
    customer,
    events_since,
    payment,
    payment_of_charge,
    payments_of,
    subscription,
    subscription_of_invoice,
    subscriptions_of,
)
from marketplace.gateway.webhooks import NotFromStripe, signature_of, verified_event

__all__ = [
    "CardDeclined",
    "NotFromStripe",
    "PaymentsUnavailable",
    "PlanPrice",
    "Visit",
    "api_version",
    "cancel_later",
    "cancel_now",
    "charge_card",
    "checkout",
    "create_customer",
    "customer",
    "downgrade_later",
    "ensure_price",
    "events_since",
    "expire_open_checkouts",
    "keep",
    "open_pack_checkout",
    "open_portal",
    "open_subscription_checkout",
    "pay_invoice",
    "payment",
    "payment_of_charge",
    "payment_of_latest_invoice",
    "payments_of",
    "quote_change",
    "refund",
    "signature_of",
    "subscription",
    "subscription_of_invoice",
    "subscriptions_of",
    "upgrade",
    "verified_event",
]
