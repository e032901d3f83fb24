"""Celery task of allowances."""

from celery import shared_task

from plans import actions


@shared_task
def refresh_allowances() -> int:
    """Grant every allowance that is due; return how many were granted."""
    return actions.refresh_due()
