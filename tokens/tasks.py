"""Celery tasks of the ledger."""

import logging

from celery import shared_task

from saas.kernel import tenancy
from saas.kernel.items import for_each_organization, set_aside_by, solve
from saas.kernel.parallel import ORGANIZATIONS_A_COMMIT, in_parallel
from saas.kernel.transactions import reconnect
from tokens import actions, alerts, queries

logger = logging.getLogger(__name__)

SWEEP = "sweep_holds"


@shared_task
def sweep() -> int:
    """Release expired holds and expire buckets until none is left; return how many organizations had any.

    Where a batch of organizations fails, each of them is swept alone, and what fails alone is set aside.
    """
    with tenancy.system():
        try:
            swept = in_parallel(lambda worker: sum(iter(_sweep_some, 0)))
        except Exception:
            logger.warning("a batch of organizations could not be swept: each is swept alone", exc_info=True)
            reconnect()
            waiting = queries.organizations_to_sweep()
            return len(for_each_organization(SWEEP, waiting, actions.sweep))
    solve(SWEEP, list(set_aside_by(SWEEP)))
    return swept


@shared_task
def watch() -> int:
    """Record low balances and quotas that refused a person; return how many."""
    with tenancy.system():
        return alerts.watch()


def _sweep_some() -> int:
    return actions.sweep_due(organizations=ORGANIZATIONS_A_COMMIT)
