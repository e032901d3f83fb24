"""Celery tasks of webhooks."""

from contextlib import ExitStack

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from saas.kernel import tenancy
from saas.webhooks import delivery, outbox, retention

RUNNING = "webhooks:deliver"
RUN_SECONDS_MAX = 20
"""Longer than a run claims: one that was killed stops the others for no longer."""


@shared_task
def publish() -> int:
    """Make the deliveries of new events; return how many."""
    with tenancy.system():
        return outbox.publish()


@shared_task
def deliver() -> int:
    """Send what is due; return how many calls that took.

    One run claims at a time, since a run may last and the workers have other things to do. This is manners only: any
    number of runs may overlap.
    """
    if cache.add(RUNNING, True, timeout=RUN_SECONDS_MAX) is False:
        return 0
    with tenancy.system(), ExitStack() as running:
        running.callback(cache.delete, RUNNING)
        return delivery.deliver(draining=running.close)


@shared_task
def forget() -> int:
    """Delete old deliveries; return how many."""
    with tenancy.system():
        return retention.forget(days=settings.RETENTION_DAYS["webhook_deliveries"])
