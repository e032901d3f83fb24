"""Subscriptions that began months ago, and the allowances that they have."""

from datetime import datetime, timedelta

import psycopg

from plans import actions
from plans.models import Subscription
from plans.periods import Period, months_after, period_at
from saas.kernel.clock import database_now
from tests.conftest import Person
from tokens import queries as ledger


def travel(person: Person, superuser: psycopg.Connection, *, months: int, days: int = 0) -> Period:
    """Let the subscription have begun so long ago, its first allowance with it; return the present period."""
    mine = {"mine": person.organization_id}
    [(anchor,)] = superuser.execute("SELECT anchor_at FROM plans_subscription WHERE organization_id = %(mine)s", mine)
    began = months_after(anchor - timedelta(days=days), -months)  # days first: at least so many are over in any month
    first = period_at(began, began)
    with person.acting():
        subscription = Subscription.objects.get()
    key = actions.allowance_key(subscription.id, first)
    for move in (
        "plans_subscription SET anchor_at = %(began)s, allowance_until = %(ends)s",
        "tokens_account SET period_started_at = %(began)s, resets_at = %(ends)s",
        "tokens_bucket SET expires_at = %(ends)s, business_key = %(key)s",
    ):
        values = {**mine, "began": began, "ends": first.ends_at, "key": key}
        superuser.execute(f"UPDATE {move} WHERE organization_id = %(mine)s", values)
    return period_at(began, database_now())


def allowances(person: Person) -> list[tuple[int, datetime | None]]:
    """Return the buckets that are not expired: tokens and end."""
    with person.acting():
        return [(bucket.remaining, bucket.expires_at) for bucket in ledger.balance().buckets]
