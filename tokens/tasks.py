"""Celery tasks of the ledger."""

from collections.abc import Sequence
from uuid import UUID

from celery import shared_task

from saas.kernel import tenancy
from saas.kernel.parallel import in_batches, others_one_by_one
from tokens import actions, alerts, queries

SWEEP = "sweep_holds"


@shared_task
def sweep() -> int:
    """Release expired holds and expire buckets; return how many organizations had any.

    Safe twice, late and in parallel. What fails for one organization is set aside. Organizations that somebody is
    writing to wait for the next run.
    """
    with tenancy.system():
        return in_batches(SWEEP, _sweep_some, queries.organizations_to_sweep())


def _sweep_some(organization_ids: Sequence[UUID]) -> int:
    swept = actions.sweep_many(organization_ids)
    return len(swept) + others_one_by_one(actions.sweep_each, organization_ids, swept)


@shared_task
def watch() -> int:
    """Record low balances and quotas that refused a person; return how many."""
    with tenancy.system():
        return alerts.watch()
