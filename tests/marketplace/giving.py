"""Gifts as staff give them, and what the audit log says of them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg

from audit.queries import events
from marketplace.gifts import offers
from marketplace.models.gifts import Gift
from tests.conftest import Person


def offer(to: Person, tokens: int = 50, **values: Any) -> Gift:
    """Offer the person's organization tokens as staff do."""
    said = {"note": "", "reason": "sorry for the outage", "request_key": str(uuid4()), **values}
    with to.acting():
        return offers.offer_tokens(tokens=tokens, by=to.user.pk, **said)


def kinds(person: Person) -> list[str]:
    """Return what the audit log says of gifts, oldest first."""
    with person.acting():
        return [event.kind for event in events() if event.kind.startswith("gift.")][::-1]


def late(superuser: psycopg.Connection, gift: Gift, days: int) -> None:
    """Have the gift be offered so many days ago."""
    superuser.execute(
        "UPDATE marketplace_gift SET expires_at = expires_at - %s, created_at = created_at - %s WHERE id = %s",
        [timedelta(days=days), timedelta(days=days), gift.id],
    )
