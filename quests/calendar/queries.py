"""Read feeds, and what is in one."""

from datetime import date
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from quests.calendar.ics import AllDay
from quests.features.words import money
from quests.models import CalendarFeed
from quests.steps.reminders import steps_by_person
from saas.accounts import queries as accounts
from saas.accounts.keys import secret_hash
from saas.kernel import tenancy


def feed_of(user_id: UUID) -> CalendarFeed | None:
    """Return the person's feed, or None."""
    return CalendarFeed.objects.filter(user_id=user_id).first()


def person_of(secret: str) -> UUID | None:
    """Return the member whose feed in this organization has the secret, or None."""
    feed = CalendarFeed.objects.filter(secret_hash=secret_hash(secret)).first()
    organization_id = tenancy.current_organization_id()
    if feed is None or not accounts.is_member(user_id=feed.user_id, organization_id=organization_id):
        return None
    return feed.user_id


def days_of(user_id: UUID, today: date) -> list[AllDay]:
    """Return the open steps of a member, each on its day."""
    currency = accounts.organization(tenancy.current_organization_id()).currency
    return [
        AllDay(
            uid=f"step-{step.id}.{step.quest.pk}@milepost",
            day=step.due_on,
            title=step.title,
            text=f"{f'{money(step.amount, currency)} for ' if step.amount else 'For '}{step.quest.goal.title}",
            url=settings.BASE_URL + reverse("quest", args=[step.quest.pk]),
        )
        for step in steps_by_person(today).get(user_id, [])
    ]
