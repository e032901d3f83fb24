"""Celery's clock for what is kept long enough."""

from celery import shared_task

from saas.closing import actions


@shared_task
def enforce_retention() -> dict[str, int]:
    """Forget what was kept long enough, and purge organizations closed long ago; return how much of each."""
    return actions.enforce_retention()
