"""Celery tasks of overage."""

from celery import shared_task

from marketplace.overage import sweeps


@shared_task(name="marketplace.tasks.report_overage")
def report_overage() -> int:
    """Report used overage to Stripe; return how many uses."""
    return sweeps.report_overage()
