"""An organization that has been at work for days."""

from typing import Any
from uuid import uuid4

import psycopg

from tests.conftest import Person
from tokens import actions


def spend(person: Person, tokens: int, operation: str, *, days_ago: float = 0, by: psycopg.Connection[Any]) -> None:
    """Spend tokens, as if some days ago."""
    transaction_id = uuid4()
    with person.acting():
        actions.hold(
            transaction_id=transaction_id,
            tokens=tokens,
            operation=operation,
            price_book_version=None,
            user_id=person.user.pk,
            department_id=None,
            seconds=60,
        )
        actions.settle(transaction_id=transaction_id, tokens=tokens)
    by.execute(
        "UPDATE tokens_hold SET created_at = created_at - make_interval(secs => %s) WHERE id = %s",
        (days_ago * 86400, transaction_id),
    )


def founded(person: Person, days_ago: int, by: psycopg.Connection[Any]) -> None:
    """Have the organization's first tokens granted some days ago."""
    with by.transaction():
        by.execute("SET LOCAL session_replication_role = replica")
        by.execute(
            "UPDATE tokens_entry SET created_at = created_at - make_interval(days => %s)"
            " WHERE organization_id = %s AND seq = 1",
            (days_ago, person.organization_id),
        )
