"""What a restricted key needs: each resource of Stripe's form, its level, and the calls of the gateway that need it.

A test reads the calls out of the gateway's own text, so that none is missing here, and holds docs/going-live.md to this
table. `manage.py check_stripe` asks Stripe for each of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplace.stripe.gateway.clocks import NOBODY


@dataclass(frozen=True)
class Permission:
    """One line of the form. `asked` is a call that needs it and changes nothing: its object does not exist."""

    resource: str
    level: str
    calls: tuple[str, ...]
    asked: tuple[str, str]
    params: Mapping[str, Any] = field(default_factory=dict)


LISTED = {"limit": 1}

PERMISSIONS = (
    Permission(
        "Customers",
        "write",
        ("customers.create", "customers.list", "customers.retrieve", "customers.update"),
        ("post", f"/v1/customers/{NOBODY}"),
        {"name": "nobody"},
    ),
    Permission("Tax IDs", "read", (), ("get", f"/v1/customers/{NOBODY}/tax_ids")),
    Permission(
        "Payment Methods",
        "read",
        ("customers.payment_methods.list",),
        ("get", f"/v1/payment_methods/pm_{NOBODY}"),
    ),
    Permission(
        "Payment Method Configurations",
        "write",
        (
            "payment_method_configurations.create",
            "payment_method_configurations.list",
            "payment_method_configurations.update",
        ),
        ("post", f"/v1/payment_method_configurations/pmc_{NOBODY}"),
        {"name": "none"},
    ),
    Permission(
        "Checkout Sessions",
        "write",
        (
            "checkout.sessions.create",
            "checkout.sessions.expire",
            "checkout.sessions.list",
            "checkout.sessions.retrieve",
        ),
        ("post", f"/v1/checkout/sessions/cs_test_{NOBODY}/expire"),
    ),
    Permission(
        "PaymentIntents",
        "read",
        ("payment_intents.list", "payment_intents.retrieve"),
        ("get", "/v1/payment_intents"),
        LISTED,
    ),
    Permission(
        "Charges and Refunds",
        "write",
        ("charges.retrieve", "refunds.create", "refunds.list"),
        ("post", f"/v1/refunds/re_{NOBODY}"),
        {"metadata": {"a": "b"}},
    ),
    Permission("Disputes", "read", ("disputes.list",), ("get", "/v1/disputes"), LISTED),
    Permission(
        "Subscriptions",
        "write",
        (
            "subscriptions.cancel",
            "subscriptions.list",
            "subscriptions.pause",
            "subscriptions.resume",
            "subscriptions.retrieve",
            "subscriptions.update",
            "subscription_schedules.create",
            "subscription_schedules.release",
            "subscription_schedules.update",
        ),
        ("post", f"/v1/subscriptions/sub_{NOBODY}"),
        {"metadata": {"a": "b"}},
    ),
    Permission(
        "Invoices",
        "write",
        (
            "invoice_items.create",
            "invoice_payments.list",
            "invoices.create",
            "invoices.create_preview",
            "invoices.delete",
            "invoices.finalize_invoice",
            "invoices.list",
            "invoices.pay",
            "invoices.retrieve",
            "invoices.void_invoice",
        ),
        ("post", f"/v1/invoices/in_{NOBODY}"),
        {"metadata": {"a": "b"}},
    ),
    Permission(
        "Credit notes",
        "write",
        ("credit_notes.create", "credit_notes.list"),
        ("post", f"/v1/credit_notes/cn_{NOBODY}"),
        {"metadata": {"a": "b"}},
    ),
    Permission(
        "Prices",
        "write",
        ("prices.create", "prices.list", "prices.retrieve"),
        ("post", f"/v1/prices/price_{NOBODY}"),
        {"nickname": "none"},
    ),
    Permission("Products", "write", ("products.update",), ("post", f"/v1/products/prod_{NOBODY}"), {"name": "none"}),
    Permission(
        "Billing meters",
        "write",
        ("billing.meters.create", "billing.meters.event_summaries.list", "billing.meters.list"),
        ("post", f"/v1/billing/meters/mtr_{NOBODY}"),
        {"display_name": "none"},
    ),
    Permission(
        "Billing meter events",
        "write",
        ("billing.meter_events.create",),
        ("post", "/v1/billing/meter_events"),
        {"event_name": NOBODY, "payload": {"stripe_customer_id": f"cus_{NOBODY}", "value": "1"}},
    ),
    Permission(
        "Customer portal",
        "write",
        (
            "billing_portal.configurations.create",
            "billing_portal.configurations.list",
            "billing_portal.configurations.update",
            "billing_portal.sessions.create",
        ),
        ("post", "/v1/billing_portal/sessions"),
        {"customer": f"cus_{NOBODY}"},
    ),
    Permission("Events", "read", ("events.list",), ("get", "/v1/events"), LISTED),
    Permission(
        "Webhook Endpoints",
        "write",
        (
            "webhook_endpoints.create",
            "webhook_endpoints.delete",
            "webhook_endpoints.list",
            "webhook_endpoints.update",
        ),
        ("post", f"/v1/webhook_endpoints/we_{NOBODY}"),
        {"description": "none"},
    ),
)
"""Customers are read with their tax ids, which have no call of their own."""
