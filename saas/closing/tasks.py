"""Celery task of retention."""

from celery import shared_task

from saas.closing import actions


@shared_task
def enforce_retention() -> dict[str, int]:
    """Delete what is older than its retention period, closed organizations too; return the count of each kind."""
    return actions.enforce_retention()
