"""Open an organization's object store, and let its time pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F

from audit.actions import record
from fake_stripe import delivery
from fake_stripe.engine.scheduled_changes import SCHEDULED_CHANGES
from fake_stripe.engine.store import Obj, ObjectStore
from fake_stripe.mode import require_fake_stripe
from fake_stripe.models import FakeObject
from saas.accounts.lock import serialized
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid
from saas.kernel.transactions import transaction
from saas.team.events import OrganizationClockMoved


@contextmanager
def open_store(organization_id: UUID | None, *, request: Obj | None = None) -> Iterator[ObjectStore]:
    """Open the store of an organization, or of the account without one, for one transaction at its own clock.

    One at a time per organization. The events are sent once everything is committed. Raises FakeStripeDisabled.
    """
    require_fake_stripe()
    with tenancy.system(), transaction():
        _lock(organization_id)
        store = ObjectStore(organization_id, _now(organization_id))
        if request:
            store.request = request
        yield store
        delivery.schedule(store.emitted)


def _lock(organization_id: UUID | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sandbox:{organization_id}"])


def _now(organization_id: UUID | None) -> datetime:
    if organization_id is None:
        return database_now()
    with tenancy.organization(organization_id):
        return database_now()


def pass_time(organization_id: UUID, *, until: datetime | None = None) -> int:
    """Run all scheduled changes that are due, the earliest first and each at its own time; return how many.

    `until` is another instant than the organization's clock. Raises FakeStripeDisabled.
    """
    count = 0
    while _run_next_change(organization_id, until):
        count += 1
    return count


def _run_next_change(organization_id: UUID, until: datetime | None) -> bool:
    with open_store(organization_id) as store:
        due = FakeObject.objects.filter(organization_id=organization_id, due_at__lte=until or store.now)
        row = due.order_by("due_at", "position").first()
        if row is None:
            return False
        assert row.due_at is not None
        store.now = row.due_at
        SCHEDULED_CHANGES[row.kind](store, store.get(row.kind, row.stripe_id))
        return True


def organizations_with_something_due() -> list[UUID]:
    """Return the organizations that have scheduled changes, due or not."""
    require_fake_stripe()
    with tenancy.system():
        waiting = FakeObject.objects.filter(due_at__isnull=False, organization__isnull=False)
        return list(waiting.order_by().values_list("organization_id", flat=True).distinct())


def move_clock(*, by: timedelta) -> None:
    """Move the organization's clock ahead. Raises Invalid if `by` is negative, FakeStripeDisabled."""
    require_fake_stripe()
    if by < timedelta(0):
        raise Invalid("A clock only moves ahead.")
    with serialized():
        here = Organization.objects.filter(id=tenancy.current_organization_id())
        here.update(clock_offset=F("clock_offset") + by)
        record(OrganizationClockMoved(by_seconds=by.total_seconds()))
