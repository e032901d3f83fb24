"""Celery's clock for the ledger."""

from celery import shared_task

from saas.kernel import tenancy
from saas.kernel.lanes import ORGANIZATIONS_A_COMMIT, in_lanes
from tokens import actions, alerts


@shared_task
def sweep() -> int:
    """Release expired holds and expire buckets until none is left; return how many organizations had any."""
    with tenancy.system():
        return in_lanes(lambda lane: sum(iter(_sweep_some, 0)))


@shared_task
def watch() -> int:
    """Tell of balances that fell to a mark and quotas that refused somebody; return how many."""
    with tenancy.system():
        return alerts.watch()


def _sweep_some() -> int:
    return actions.sweep_due(organizations=ORGANIZATIONS_A_COMMIT)
