"""Celery tasks of the back office."""

from celery import shared_task

from saas.backoffice import demo, monthly, set_aside


@shared_task
def check_margins() -> int:
    """Record the MRR of this month, and check the margin of those that are over; return how many were checked now."""
    monthly.record_mrr()
    return len(monthly.check_past())


@shared_task
def alert_staff() -> int:
    """Alert staff of what jobs set aside; return how many items."""
    return set_aside.alert_staff()


@shared_task
def fill_demo() -> int:
    """Make the history of a new demo; return how many steps were made now."""
    return demo.fill()
