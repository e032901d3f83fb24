"""Celery's clock for overage."""

from celery import shared_task

from marketplace.overage import sweeps


@shared_task(name="marketplace.tasks.report_overage")
def report_overage() -> int:
    """Tell Stripe of overage that was used; return how many uses."""
    return sweeps.report_overage()
