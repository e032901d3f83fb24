"""Record the stored activity of logins and accounts in the audit log; see the notes in `saas.team.activity`."""

from contextlib import AbstractContextManager
from uuid import UUID

from django.db.models.functions import Now

from audit.actions import PLATFORM, record
from audit.events import KINDS
from saas.accounts.lock import serialized
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.kernel.actor import JOB, Actor, acting_as
from saas.kernel.items import for_each
from saas.team.models import AccountActivity

ROWS_A_RUN = 2_000
FAILURES_A_RUN = 100
"""How many failures a run records one by one; the rest become one event a kind."""


def record_activity() -> int:
    """Record what is due, oldest first, each in a transaction of its own; return how many rows that were."""
    with tenancy.system():
        due = AccountActivity.objects.filter(due_at__lte=Now())
        new = list(due.filter(window_starts_at=None).order_by("due_at", "id")[:ROWS_A_RUN])
        failed = list(due.filter(window_starts_at__isnull=False).order_by("-times", "id")[:FAILURES_A_RUN])
    done = for_each("record_activity", [*new, *failed], _record, key=lambda row: row.pk, organization=_whose)
    return sum(done) + _record_the_rest()


def _whose(row: AccountActivity) -> UUID | None:
    return None if row.chain_id == PLATFORM else row.chain_id


def _record(due: AccountActivity) -> int:
    with _chain(due.chain_id), serialized():
        row = AccountActivity.objects.select_for_update().filter(id=due.pk).first()
        if row is None:  # another worker was faster
            return 0
        data = {**row.data, "user": row.user_id, "address": row.address, "at": row.happened_at}
        with acting_as(_actor(row)):
            record(KINDS[row.kind].from_payload({**data, "times": row.times} if row.window_starts_at else data))
        row.delete()
    return 1


def _chain(chain_id: UUID) -> AbstractContextManager[None]:
    return tenancy.system() if chain_id == PLATFORM else tenancy.organization(chain_id)


def _actor(row: AccountActivity) -> Actor:
    """Return the actor: the person, or an unknown one for a failure."""
    if row.user_id is None or row.window_starts_at is not None:
        return Actor(request_id=row.request_id)
    is_staff = User.objects.filter(id=row.user_id, is_staff=True).exists()
    return Actor(kind="staff" if is_staff else "user", user_id=row.user_id, request_id=row.request_id)


def _record_the_rest() -> int:
    """Record the remaining failures as one event a kind, with the number of rows and of attempts."""
    with tenancy.system(), serialized(), acting_as(JOB):
        left = AccountActivity.objects.filter(due_at__lte=Now(), window_starts_at__isnull=False)
        rows = list(left.select_for_update(skip_locked=True).values_list("id", "kind", "times"))
        for kind in sorted({kind for _, kind, _ in rows}):
            times = [count for _, each, count in rows if each == kind]
            sums = {"user": None, "address": "many", "accounts": len(times), "times": sum(times)}
            record(KINDS[kind].from_payload(sums))
        AccountActivity.objects.filter(id__in=[activity_id for activity_id, _, _ in rows]).delete()
    return len(rows)
