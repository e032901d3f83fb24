"""Celery's clock for webhooks."""

from celery import shared_task
from django.core.cache import cache

from saas.kernel import tenancy
from saas.webhooks import delivery, outbox, retention

RUN_SECONDS_MAX = 40
"""Longer than a run with its last calls takes."""


@shared_task
def publish() -> int:
    """Make deliveries of what happened; return how many."""
    with tenancy.system():
        return outbox.publish()


@shared_task
def deliver() -> int:
    """Send what is due; return how many calls that took.

    One run at a time, since a run may last and the workers have other things to do. This is manners only: any
    number of runs may overlap.
    """
    if cache.add("webhooks:deliver", True, timeout=RUN_SECONDS_MAX) is False:
        return 0
    try:
        with tenancy.system():
            return delivery.deliver()
    finally:
        cache.delete("webhooks:deliver")


@shared_task
def forget() -> int:
    """Forget old deliveries; return how many."""
    with tenancy.system():
        return retention.forget()
