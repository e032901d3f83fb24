"""Overage as a source of tokens. The functions it changed are made anew, so that a database in use has them too."""

import re
from pathlib import Path

from django.db import migrations, models

LEDGER = (Path(__file__).resolve().parent.parent / "ledger.sql").read_text()
CHANGED = ("tokens_hold_place", "tokens_grant", "tokens_allotment", "tokens_allot", "tokens_position")


def anew(name: str) -> str:
    """Return the SQL that replaces a function by the ledger's present one, whatever its result was."""
    [present] = re.findall(rf"(?ms)^CREATE FUNCTION {name}\(.*?\$\$;$", LEDGER)
    return f"DROP FUNCTION IF EXISTS {name}; {present}"


class Migration(migrations.Migration):
    dependencies = [("tokens", "0003_raised_quotas")]

    operations = [
        migrations.AlterField(
            model_name="bucket",
            name="source",
            field=models.CharField(
                choices=[
                    ("plan", "Plan"),
                    ("purchase", "Purchase"),
                    ("gift", "Gift"),
                    ("promo", "Promo"),
                    ("adjustment", "Adjustment"),
                    ("overage", "Overage"),
                ],
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="bucket", name="bucket_source_known"),
        migrations.AddConstraint(
            model_name="bucket",
            constraint=models.CheckConstraint(
                condition=models.Q(source__regex="^(plan|purchase|gift|promo|adjustment|overage)$"),
                name="bucket_source_known",
            ),
        ),
        *[migrations.RunSQL(anew(name)) for name in CHANGED],
    ]
