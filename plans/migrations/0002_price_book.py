"""Isolation, the price book's guard, and its first version."""

from typing import Any

from django.db import migrations
from django.db.models.functions import Now

from saas.kernel.migration_helpers.v1 import Isolate, frozen_sql

EVERYONE = ("goals", "sync", "reports", "api")
PAID = (*EVERYONE, "quest", "lead_list", "revenue_forecast", "metering", "packs", "webhooks")
LARGE = (*PAID, "departments", "overage", "custom_allocation", "audit_export")

# key, name, price a month, tokens a month, members, features
PLANS = (
    ("starter", "Starter", "0", 0, 2, EVERYONE),
    ("pro", "Pro", "149", 200, 10, PAID),
    ("enterprise", "Enterprise", "399", 2000, None, LARGE),
)

LIMITS = {
    "requests_per_minute": 30,
    "minimum_gap_seconds": 3,
    "request_tokens_max": 10,
    "output_tokens_max": 2000,
    "hourly_tokens_flag": 500,
    "failed_attempts_max": 5,
    "failed_window_seconds": 900,
    "block_seconds": 900,
    "key_requests_per_minute": 600,
    "webhook_endpoints": 10,
    "offline_after_days": 14,
    "suspended_after_days": 30,
}

OPERATIONS = {"quest": 3, "lead_list": 5, "revenue_forecast": 4}

# key, name, price, tokens; beyond the two packs of the price list, bulk tiers at a falling price a token
PACKS = (
    ("pack_500", "500 tokens", "29", 500),
    ("pack_2000", "2,000 tokens", "79", 2000),
    ("pack_10000", "10,000 tokens", "349", 10_000),
    ("pack_50000", "50,000 tokens", "1499", 50_000),
)


def publish_first_version(apps: Any, schema_editor: Any) -> None:
    """Write version 1 and put it into effect last, since from then on it cannot change."""
    database = schema_editor.connection.alias
    get = lambda name: apps.get_model("plans", name).objects.using(database)  # noqa: E731
    book = get("PriceBook").create(note="First price list")
    for rank, (key, name, price, tokens, members, features) in enumerate(PLANS):
        plan = get("Plan").create(
            price_book=book, key=key, name=name, rank=rank, monthly_price=price, monthly_tokens=tokens
        )
        get("Limit").create(price_book=book, plan=plan, key="members", value=members)
        for feature in features:
            get("PlanFeature").create(plan=plan, feature=feature)
    for key, value in LIMITS.items():
        get("Limit").create(price_book=book, key=key, value=value)
    for operation, tokens in OPERATIONS.items():
        get("OperationPrice").create(price_book=book, operation=operation, tokens=tokens)
    for key, name, price, tokens in PACKS:
        get("Pack").create(price_book=book, key=key, name=name, price=price, tokens=tokens)
    get("PriceBook").filter(pk=book.pk).update(effective_at=Now())


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_tables"), ("accounts", "0002_isolation"), ("audit", "0002_stream")]

    operations = [
        Isolate("Subscription"),
        Isolate("Override"),
        frozen_sql(__file__, "8c6f59a9bd2f11ee8621895ce34546534d8ea94c8ae8bca3383702cdd4dcbab0"),
        migrations.RunPython(publish_first_version),
    ]
