"""New Stripe objects with every field of the pinned API version: pure builders, by subject."""

from fake_stripe.engine.objects.base import NO_ADDRESS, SELF, page
from fake_stripe.engine.objects.catalogue import price, product
from fake_stripe.engine.objects.customers import customer, payment_method
from fake_stripe.engine.objects.disputes import dispute, fraud_warning, moved
from fake_stripe.engine.objects.invoices import (
    credit_note,
    invoice,
    invoice_item,
    invoice_item_of_draft,
    invoice_payment,
    line,
    of_subscription,
    sums,
)
from fake_stripe.engine.objects.payments import charge, payment_intent, refund, setup_intent
from fake_stripe.engine.objects.subscriptions import subscription, subscription_item, with_price
from fake_stripe.engine.objects.taxes import ADDRESS, automatic_tax, on_top, taxes

__all__ = [
    "ADDRESS",
    "NO_ADDRESS",
    "SELF",
    "automatic_tax",
    "charge",
    "credit_note",
    "customer",
    "dispute",
    "fraud_warning",
    "invoice",
    "invoice_item",
    "invoice_item_of_draft",
    "invoice_payment",
    "line",
    "moved",
    "of_subscription",
    "on_top",
    "page",
    "payment_intent",
    "payment_method",
    "price",
    "product",
    "refund",
    "setup_intent",
    "subscription",
    "subscription_item",
    "sums",
    "taxes",
    "with_price",
]
