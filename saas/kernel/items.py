"""Process many items so that one that fails does not stop the others.

Note [Set aside]
    Each item is worked in commits of its own. What one raises is logged and set aside: a row says which job, which
    item, whose it is, and the class of the error. The job goes on with the next item. What is set aside is left out
    until `retry_at`, then tried like any other; a success ends the row. The pause is 5 s after the first failure and
    four times as long after each further one, an hour at most. Staff are alerted once per item until it is solved.
    What may pass by itself (the database or Stripe was busy, a refusal) has two more tries without a pause or an alert.
"""

import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from saas.kernel import tenancy
from saas.kernel.errors import DomainError, ServiceResting
from saas.kernel.ids import uuid7
from saas.kernel.models import SetAsideItem
from saas.kernel.transactions import OpenTransaction, Statement, reconnect, run_batch

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent.parent
MAY_PASS = (DomainError, OperationalError, InterfaceError, OSError)
PATIENT_ATTEMPTS = 2
"""How often what may pass by itself fails before it pauses and staff are alerted."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkedElsewhere(Exception):
    """Another worker has the item: here it is passed over."""


def organization_of(item: Item) -> UUID | None:
    """Return the organization's id of an item: itself if it is a UUID, else its `organization_id`."""
    return item if isinstance(item, UUID) else getattr(item, "organization_id", None)


def for_each(
    job: str,
    items: Iterable[Item],
    work: Callable[[Item], Result],
    *,
    key: Callable[[Item], object] | None = None,
    organization: Callable[[Item], UUID | None] = organization_of,
    complete: bool = False,
    is_away: Callable[[Exception], bool] = lambda error: False,
) -> list[Result]:
    """Work each item and return the results; what raises is set aside under `key`, by default the organization.

    `complete` says that the items are everything the job has to do: what is set aside and no longer among them is
    solved. `is_away` says that an error is not the item's, as a ServiceResting never is: what all of them need is away.
    Then the run ends, and nothing is set aside. Must not run inside a transaction. Raises only when the database is
    lost.
    """
    if connection.in_atomic_block:
        raise OpenTransaction("items are worked in commits of their own")
    naming = key or organization
    aside, done, seen = set_aside_by(job), [], set()
    for item in items:
        name = str(naming(item))
        seen.add(name)
        if not aside.get(name, True):
            continue
        try:
            done.append(work(item))
        except WorkedElsewhere:
            continue
        except Exception as error:
            if isinstance(error, ServiceResting) or is_away(error):
                logger.warning("%s: %s is tried again", job, name, exc_info=True)
                return done
            set_aside(job, name, organization(item), error)
        else:
            if name in aside:
                solve(job, [name])
    if complete:
        solve(job, [name for name, is_due in aside.items() if is_due and name not in seen])
    return done


def for_each_organization(
    job: str, organization_ids: Iterable[UUID], work: Callable[[], Result], *, complete: bool = True
) -> list[Result]:
    """Work for each organization, acting for it; return the results. See `for_each`."""

    def act(organization_id: UUID) -> Result:
        with tenancy.organization(organization_id):
            return work()

    return for_each(job, organization_ids, act, complete=complete)


def batch_or_each(job: str, batch: Sequence[Item], work: Callable[[Sequence[Item]], int]) -> int:
    """Hand a batch to `work` in one commit; where that fails, its items one by one. Return the sum of the answers."""
    try:
        return work(batch) if batch else 0
    except Exception:
        logger.warning("%s: a batch of %s failed and is worked one by one", job, len(batch), exc_info=True)
    if connection.errors_occurred:
        reconnect()
    return sum(for_each(job, batch, lambda item: work([item])))


def set_aside_by(job: str) -> dict[str, bool]:
    """Return what a job has set aside, and of each item whether it is time to try it again."""
    with tenancy.system():
        [rows] = run_batch(Statement("SELECT item, retry_at <= now() FROM kernel_set_aside WHERE job = %s", [job]))
    return dict(rows)


def set_aside(job: str, item: str, organization_id: UUID | None, error: Exception) -> None:
    """Log that an item failed and set it aside. Raises `error` when the database is lost."""
    logger.error("%s: %s is set aside", job, item, exc_info=error)
    try:
        if connection.errors_occurred or isinstance(error, OperationalError | InterfaceError):
            reconnect()
        with tenancy.system():
            run_batch(_setting_aside(job, item, organization_id, error))
    except DatabaseError:
        raise error from None


def _setting_aside(job: str, item: str, organization_id: UUID | None, error: Exception) -> Statement:
    may_pass = isinstance(error, MAY_PASS)
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    patience = PATIENT_ATTEMPTS if may_pass else 0
    return Statement(
        """
        INSERT INTO kernel_set_aside AS known
            (id, job, item, organization_id, error, place, may_pass, attempts, retry_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, 1, now() + make_interval(secs => %s))
        ON CONFLICT (job, item) DO UPDATE SET
            error = excluded.error, place = excluded.place, may_pass = excluded.may_pass,
            attempts = known.attempts + 1, last_seen_at = now(),
            retry_at = now() + make_interval(secs => CASE WHEN known.attempts < %s THEN 0
                ELSE least(5 * 4.0 ^ least(known.attempts, 8), 3600) END)
        """,
        (
            *(uuid7(), job, item, organization_id, kind[:200], _place(error), may_pass),
            *(0 if may_pass else 5, patience),
        ),
    )


def _place(error: Exception) -> str:
    """Return the innermost line of ours that the error passed, such as "plans/actions.py:88"."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename]
    return f"{Path(ours[-1].filename).relative_to(ROOT)}:{ours[-1].lineno}"[-200:] if ours else ""


def solve(job: str, items: Sequence[str]) -> None:
    """End what was set aside: it was worked, or is gone."""
    if items:
        with tenancy.system():
            SetAsideItem.objects.filter(job=job, item__in=items).delete()


def due(job: str, *, at_most: int = 500) -> list[SetAsideItem]:
    """Return what a job has set aside and should try again now. Needs the system context."""
    return list(SetAsideItem.objects.filter(job=job, retry_at__lte=Now()).order_by("retry_at")[:at_most])


def require_nothing_set_aside(*jobs: str) -> None:
    """Raise CommandError, so exit code 1, while these jobs have something set aside."""
    with tenancy.system():
        waiting = SetAsideItem.objects.filter(job__in=jobs).count()
    if waiting:
        raise CommandError(
            f"{waiting} set aside: /admin/kernel/setasideitem/ says what and why. Mend the cause and repeat them there."
        )
