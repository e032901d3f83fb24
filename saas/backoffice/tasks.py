"""Celery's clock for the back office."""

from celery import shared_task

from saas.backoffice import monthly


@shared_task
def check_margins() -> int:
    """Check the margin of the months that are over; return how many were checked now."""
    return len(monthly.check_past())
