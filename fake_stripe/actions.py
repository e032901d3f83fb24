"""Opening the books, letting time pass, and sending what they tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F

from audit.actions import record
from fake_stripe import delivery
from fake_stripe.engine.books import Books, Obj
from fake_stripe.engine.happenings import HAPPENINGS
from fake_stripe.mode import require_sandbox
from fake_stripe.models import SandboxObject
from saas.accounts.lock import serialized
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid
from saas.kernel.transactions import transaction
from saas.team.events import OrganizationClockMoved


@contextmanager
def open_books(organization_id: UUID | None, *, request: Obj | None = None) -> Iterator[Books]:
    """Open the books of an organization, or of the account, for one transaction, alone, at its own clock.

    Its events are sent once everything is committed. Raises SandboxClosed.
    """
    require_sandbox()
    with tenancy.system(), transaction():
        _lock(organization_id)
        books = Books(organization_id, _now(organization_id))
        if request:
            books.request = request
        yield books
        delivery.plan(books.emitted)


def _lock(organization_id: UUID | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sandbox:{organization_id}"])


def _now(organization_id: UUID | None) -> datetime:
    if organization_id is None:
        return database_now()
    with tenancy.organization(organization_id):
        return database_now()


def pass_time(organization_id: UUID, *, until: datetime | None = None) -> int:
    """Let everything happen that is due, each at its own time and the earliest first; return how many.

    `until` is another instant than the organization's clock. Raises SandboxClosed.
    """
    happened = 0
    while _next_happening(organization_id, until):
        happened += 1
    return happened


def _next_happening(organization_id: UUID, until: datetime | None) -> bool:
    with open_books(organization_id) as books:
        due = SandboxObject.objects.filter(organization_id=organization_id, due_at__lte=until or books.now)
        row = due.order_by("due_at", "position").first()
        if row is None:
            return False
        assert row.due_at is not None
        books.now = row.due_at
        HAPPENINGS[row.kind](books, books.get(row.kind, row.stripe_id))
        return True


def organizations_with_something_due() -> list[UUID]:
    """Return the organizations in whose books something waits for its time."""
    require_sandbox()
    with tenancy.system():
        waiting = SandboxObject.objects.filter(due_at__isnull=False, organization__isnull=False)
        return list(waiting.order_by().values_list("organization_id", flat=True).distinct())


def move_clock(*, by: timedelta) -> None:
    """Move the organization's clock ahead; raise SandboxClosed where real money moves, Invalid backwards."""
    require_sandbox()
    if by < timedelta(0):
        raise Invalid("A clock only moves ahead.")
    with serialized():
        here = Organization.objects.filter(id=tenancy.current_organization_id())
        here.update(clock_offset=F("clock_offset") + by)
        record(OrganizationClockMoved(by_seconds=by.total_seconds()))
