"""Celery task of activity of logins and accounts."""

from celery import shared_task

from saas.team import actions


@shared_task
def record_activity() -> int:
    """Record stored activity of logins and accounts in the audit log; return how many rows."""
    return actions.record_activity()
