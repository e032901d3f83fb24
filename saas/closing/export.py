"""Everything of an organization as one JSON document, streamed: what can be taken away at any time.

The tables are listed, not found, so that a new one which holds secrets does not leave by itself; a test holds
every tenant table to be in one of the two lists.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model

from saas.accounts import queries as accounts
from saas.kernel import tenancy
from saas.kernel.serialization import JSONEncoder

TABLES = {
    "departments": "accounts.Department",
    "members": "accounts.Membership",
    "invitations": "accounts.Invitation",
    "api_keys": "accounts.ApiKey",
    "goals": "quests.Goal",
    "revenue_entries": "quests.RevenueEntry",
    "quests": "quests.Quest",
    "lead_lists": "quests.LeadList",
    "revenue_forecasts": "quests.RevenueForecast",
    "sync_conflicts": "quests.SyncConflict",
    "subscriptions": "plans.Subscription",
    "agreements": "plans.Agreement",
    "trials": "plans.Trial",
    "overrides": "plans.Override",
    "license": "licensing.License",
    "token_account": "tokens.Account",
    "token_buckets": "tokens.Bucket",
    "token_holds": "tokens.Hold",
    "token_ledger": "tokens.Entry",
    "quotas": "tokens.Quota",
    "token_requests": "team.TokenRequest",
    "ai_attempts": "metering.AttemptRecord",
    "customers": "marketplace.Customer",
    "orders": "marketplace.PackOrder",
    "payments": "marketplace.Payment",
    "invoices": "marketplace.Invoice",
    "credit_notes": "marketplace.CreditNote",
    "paid_subscriptions": "marketplace.StripeSubscription",
    "top_ups": "marketplace.TopUp",
    "overage": "marketplace.Overage",
    "overage_use": "marketplace.OverageUse",
    "bill_reminders": "marketplace.BillReminder",
    "gifts": "marketplace.Gift",
    "webhook_endpoints": "webhooks.Endpoint",
    "webhook_deliveries": "webhooks.Delivery",
    "audit_events": "audit.Event",
    "history_in_files": "audit.Opening",
}
"""The document's lists and their tables, in order."""

LEFT_OUT = {
    "web.IdempotencyRecord": "copies of answers, kept for a day",
    "audit.ChainHead": "follows from the events",
    "accounts.OrganizationState": "the token account is here, the rest follows from the events",
    "notifications.Notification": "each person's own",
    "notifications.NotificationChoice": "each person's own",
    "audit.ReaderPosition": "how far our own readers are",
    "kernel.SetAsideItem": "what our own jobs could not work",
    "tokens.Gauge": "follows from the ledger",
    "abuse.Block": "staff's queue",
    "abuse.Flag": "staff's queue",
    "webhooks.Secret": "a secret",
    "webhooks.Attempt": "how deliveries went, for their log",
    "quests.Change": "the order of changes for sync; the things themselves are here",
    "quests.ChangeHead": "follows from the changes",
    "quests.CalendarFeed": "each person's own, and a secret",
    "quests.PushedChange": "requests, kept against repetition",
    "fake_stripe.FakeObject": "play money",
    "fake_stripe.FakeEvent": "play money",
    "fake_stripe.FakeDelivery": "play money",
    "fake_stripe.FakeAnswer": "play money",
    "reports.ReportFile": "made of what is here",
}
"""Tables that stay, and why."""

PEOPLE = {"accounts.Membership": ("user__email", "user__name")}
CONCEALED = {"BinaryField"}
ROWS_A_QUERY = 1_000


def document(organization_id: UUID) -> Iterator[bytes]:
    """Return the document piece by piece, each piece read in a short query of its own.

    The context of the request may have ended meanwhile. What changes during a long download may be in or not.
    """
    with tenancy.organization(organization_id):
        about = accounts.organization(organization_id)
    head = {name: getattr(about, name) for name in ("id", "name", "timezone", "currency", "trade", "created_at")}
    yield b'{"organization": ' + _json(head)
    for name, label in TABLES.items():
        yield f', "{name}": ['.encode()
        for number, row in enumerate(_rows(apps.get_model(label), organization_id)):
            yield (b",\n" if number else b"\n") + _json(row)
        yield b"]"
    yield b"}\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False).encode()


def _rows(model: type[Model], organization_id: UUID) -> Iterator[dict[str, Any]]:
    """Return every row without secrets, in the order of the keys."""
    shown = [each.attname for each in model._meta.concrete_fields if each.get_internal_type() not in CONCEALED]
    names = [*shown, *PEOPLE.get(model._meta.label, ())]
    key, last = model._meta.pk.attname, None
    while True:
        with tenancy.organization(organization_id):
            rows = model._default_manager.filter(organization_id=organization_id).order_by(key)
            rows = rows.filter(**{f"{key}__gt": last}) if last else rows
            found = list(rows.values(*names)[:ROWS_A_QUERY])
        yield from found
        if len(found) < ROWS_A_QUERY:
            return
        last = found[-1][key]
