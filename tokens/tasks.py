"""Celery's clock for the ledger."""

from celery import shared_task

from saas.kernel import tenancy
from tokens import actions

ORGANIZATIONS_A_COMMIT = 200
"""So many organizations are locked at once; larger batches would make their users wait."""


@shared_task
def sweep() -> int:
    """Release expired holds and expire buckets until none is left; return how many organizations had any."""
    swept = 0
    with tenancy.system():
        while batch := actions.sweep_due(organizations=ORGANIZATIONS_A_COMMIT):
            swept += batch
    return swept
