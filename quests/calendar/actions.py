"""Make, replace and remove the feed of a person."""

import secrets
from uuid import UUID

from audit.actions import record
from quests.events import CalendarFeedMade, CalendarFeedRemoved
from quests.models import CalendarFeed
from saas.accounts.keys import secret_hash
from saas.accounts.lock import serialized
from saas.kernel.clock import OrganizationNow

SECRET_BYTES = 32


def make_feed(*, user_id: UUID) -> str:
    """Make the person's feed in this organization and return its secret; the one before stops."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with serialized():
        CalendarFeed.objects.update_or_create(
            user_id=user_id, defaults={"secret_hash": secret_hash(secret), "created_at": OrganizationNow()}
        )
        record(CalendarFeedMade(user=user_id))
    return secret


def remove_feed(*, user_id: UUID) -> None:
    """Stop the person's feed; without one, nothing changes."""
    with serialized():
        removed, _ = CalendarFeed.objects.filter(user_id=user_id).delete()
        if removed:
            record(CalendarFeedRemoved(user=user_id))


def forget_person(user_id: UUID) -> None:
    """Delete the feeds of a person everywhere. Needs the system context."""
    CalendarFeed.objects.filter(user_id=user_id).delete()
