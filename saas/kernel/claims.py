"""Rows that are claimed and worked: by any number of workers, each row by one at a time, and none is lost.

Note [A claim runs out]
    A worker claims a row before it works it: one UPDATE moves the instant from which the row may be claimed by a lease.
    Of two workers one claims it. While it is worked nothing is open: no transaction, no lock. Then it is marked. A
    worker that dies in between lets its claim run out, and another works the row again. So a row is worked at least
    once, and perhaps twice after a crash: its work must be safe to repeat, or better done twice than never, as a mail.
"""

from collections.abc import Callable
from datetime import timedelta
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.db.models.functions import Now

from saas.kernel.items import WorkedElsewhere, for_each
from saas.kernel.transactions import transaction

Row = TypeVar("Row", bound=Model)

NOW = Now()


def claim(row: QuerySet[Any], *, until: str, lease: timedelta, now: Any = NOW, **values: Any) -> bool:
    """Claim a row that is due; return False when another worker got there first.

    `row` is the query of the one row, with all that must still hold of it; `until` is the column with the instant from
    which it may be claimed; `values` are written with the claim.
    """
    return row.update(**{until: now + lease}, **values) == 1


def work_claimed(
    job: str,
    rows: QuerySet[Row],
    work: Callable[[Row], object],
    *,
    until: str,
    lease: timedelta,
    clock: Any = NOW,
    at_most: int | None = None,
    is_away: Callable[[Exception], bool] = lambda error: False,
) -> int:
    """Claim and work what is due of `rows`, the longest first, `at_most` so many; return how many were worked.

    `until` and `lease` are as for `claim`; `clock` is the expression of the time that rows go by. What raises is set
    aside under the row's key, see Note [Set aside]. Where `is_away` ends the run, the row is tried again when its claim
    has run out. Needs the system context, and rows with an organization. Raises only when the database is lost.
    """
    due: QuerySet[Any] = rows.annotate(claimed_at=clock).filter(**{f"{until}__lte": F("claimed_at")})

    def claim_and_work(listed: tuple[Any, UUID]) -> None:
        row = _claim_due(due.filter(pk=listed[0]), until, lease)
        if row is None:
            raise WorkedElsewhere
        work(row)

    listed = list(due.order_by(until).values_list("pk", "organization_id")[:at_most])
    return len(for_each(job, listed, claim_and_work, key=itemgetter(0), organization=itemgetter(1), is_away=is_away))


def _claim_due(due: QuerySet[Any], until: str, lease: timedelta) -> Any:
    """Claim the one row, and return it as it was claimed; None when another worker got there first."""
    with transaction():
        row = due.select_for_update(skip_locked=True, of=("self",)).first()
        if row is not None:
            setattr(row, until, row.claimed_at + lease)
            row.save(update_fields=[until])
    return row
