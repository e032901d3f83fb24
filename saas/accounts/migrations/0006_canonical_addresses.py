"""Canonical addresses that follow their addresses; those that clash with somebody's are reported and left to staff."""

import logging
import unicodedata
from contextlib import suppress
from typing import Any

from django.db import migrations, models
from django.db.models.functions import Collate, Lower

logger = logging.getLogger("saas.accounts")


def canonical(address: str) -> str:
    """Return the canonical spelling, by the rule as it was when this migration was written."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", address) if unicodedata.category(c) != "Cf")
    local, _, domain = visible.strip().casefold().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


def recompute(apps: Any, schema_editor: Any) -> None:
    """Write every person's columns anew; of several with one mailbox the oldest one keeps the canonical address."""
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    # In two steps, so that nobody is in the way of somebody whose column was out of date.
    users.update(canonical_email=None)
    taken: dict[str, Any] = {}
    spelled = set(users.values_list("email", flat=True))
    for user in users.order_by("date_joined", "id").iterator():
        lowered = user.email.lower()
        if user.email != lowered and lowered not in spelled:
            user.email = lowered  # as login and sign-up look for it
        own = canonical(user.email)
        user.canonical_email_source = user.email
        if own in taken:
            logger.warning("address clash: person %s has another spelling of person %s's", user.id, taken[own])
        else:
            taken[own], user.canonical_email = user.id, own
        user.save(update_fields=["email", "canonical_email", "canonical_email_source"])


LOWER = """
    UPDATE account_emailaddress a SET email = lower(email)
    WHERE email <> lower(email) AND NOT EXISTS (SELECT FROM account_emailaddress b WHERE b.email = lower(a.email));
    SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_closing"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="canonical_email",
            field=models.CharField(editable=False, max_length=320, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="user",
            name="canonical_email_source",
            field=models.CharField(editable=False, max_length=254, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(recompute, migrations.RunPython.noop),
        migrations.RunSQL(LOWER, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("canonical_email_source", models.F("email"))), name="user_canonical_of_this_email"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email__regex", "^[!-~]+@[!-~]+$"), _negated=True),
                    ("canonical_email", Lower(Collate("email", "C"))),
                    _connector="OR",
                ),
                name="user_canonical_of_ascii",
            ),
        ),
    ]
