"""Process many organizations on a few connections in parallel, in small commits.

Note [Small commits, few workers]
    A commit keeps the locks of the organizations it touched until its end, and their users wait: so a
    commit takes a hundred organizations at most. One connection keeps one core of the database
    busy: a second worker halves a long job, more would take the cores from people.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar
from uuid import UUID

from django.db import connection

from saas.kernel.items import batch_or_each, for_each, organization_of, set_aside_by, solve

WORKERS = 2
ORGANIZATIONS_A_COMMIT = 100

Item = TypeVar("Item")


def in_parallel(work: Callable[[int], int]) -> int:
    """Run `work(worker)` for every worker at once, each on a connection of its own; return the sum of the answers.

    The caller's context (tenancy, actor) holds inside. An error in a worker is raised when all have ended.
    """

    def run(worker: int) -> int:
        try:
            return work(worker)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        running = [pool.submit(copy_context().run, run, worker) for worker in range(WORKERS)]
    return sum(future.result() for future in running)


def in_batches(job: str, work: Callable[[Sequence[Item]], int], items: Sequence[Item]) -> int:
    """Hand the items to `work`, one commit's worth at a time, in parallel; return the sum of the answers.

    Items belong to organizations, and are all that the job has to do. A batch that fails is worked one by one, and
    what fails alone is set aside: see Note [Set aside].
    """
    aside = set_aside_by(job)
    names = [str(organization_of(item)) for item in items]
    waiting = [item for item, name in zip(items, names, strict=True) if name not in aside]
    again = [item for item, name in zip(items, names, strict=True) if aside.get(name)]
    starts = range(0, len(waiting), ORGANIZATIONS_A_COMMIT)
    batches = [*(waiting[start : start + ORGANIZATIONS_A_COMMIT] for start in starts), *([item] for item in again)]
    solve(job, [name for name, is_due in aside.items() if is_due and name not in set(names)])
    return in_parallel(lambda worker: sum(_work(job, work, batch) for batch in batches[worker::WORKERS]))


def others_one_by_one(work: Callable[[Sequence[Item]], int], items: Sequence[Item], served: Collection[UUID]) -> int:
    """Hand what a batch left to `work`, which takes one organization after another; return its answer."""
    others = [item for item in items if organization_of(item) not in served]
    return work(others) if others else 0


def _work(job: str, work: Callable[[Sequence[Item]], int], batch: Sequence[Item]) -> int:
    if len(batch) == 1:
        return sum(for_each(job, batch, lambda item: work([item])))
    return batch_or_each(job, batch, work)
