"""Celery's clock for what was told of logins and accounts."""

from celery import shared_task

from saas.team import actions


@shared_task
def record_activity() -> int:
    """Append to the audit log what was told of logins and accounts; return how many rows that were."""
    return actions.record_activity()
