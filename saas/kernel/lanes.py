"""Working through many organizations on a few connections at once, in small commits.

Note [Small commits, few lanes]
    A commit keeps the locks of the organizations it touched until its end, and their users wait: so a
    commit takes a hundred organizations at most. One connection keeps one core of the database
    busy: a second lane halves a long job, more would take the cores from people.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import connection

LANES = 2
ORGANIZATIONS_A_COMMIT = 100

Item = TypeVar("Item")


def in_lanes(work: Callable[[int], int]) -> int:
    """Run `work(lane)` for every lane at once, each on a connection of its own; return the sum of the answers.

    The caller's context (tenancy, actor) holds inside. An error in a lane is raised when all have ended.
    """

    def run(lane: int) -> int:
        try:
            return work(lane)
        finally:
            connection.close()

    with ThreadPoolExecutor(LANES) as pool:
        running = [pool.submit(copy_context().run, run, lane) for lane in range(LANES)]
    return sum(each.result() for each in running)


def in_batches(work: Callable[[Sequence[Item]], int], items: Sequence[Item]) -> int:
    """Hand the items to `work`, one commit's worth at a time, in lanes; return the sum of the answers."""
    starts = range(0, len(items), ORGANIZATIONS_A_COMMIT)
    batches = [items[start : start + ORGANIZATIONS_A_COMMIT] for start in starts]
    return in_lanes(lambda lane: sum(work(batch) for batch in batches[lane::LANES]))
