"""Limits of gifts: for how many days one can be accepted, and how many tokens it may be of."""

from typing import Any

from django.db import migrations

LIMITS = {
    "gift_days": 30,
    "gift_tokens_max": 10_000,
    "gift_tokens_a_month_max": 50_000,
    "quota_gift_tokens_max": 1_000,
}


def limit_versions_so_far(apps: Any, schema_editor: Any) -> None:
    """Give every version the limits: nothing could be given under it before. Its guard rests meanwhile."""
    get = lambda name: apps.get_model("plans", name).objects.using(schema_editor.connection.alias)  # noqa: E731
    schema_editor.execute("ALTER TABLE plans_limit DISABLE TRIGGER unchangeable")
    for book in get("PriceBook").all():
        for key, value in LIMITS.items():
            get("Limit").get_or_create(price_book=book, plan=None, key=key, defaults={"value": value})
    # What is checked at the commit is checked now: a table with open checks cannot be altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute("ALTER TABLE plans_limit ENABLE TRIGGER unchangeable")


class Migration(migrations.Migration):
    dependencies = [("plans", "0006_webhook_endpoints_limit")]

    operations = [migrations.RunPython(limit_versions_so_far)]
