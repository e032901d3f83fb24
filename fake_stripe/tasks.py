"""Celery tasks: deliver events, and let time pass."""

from uuid import UUID

from celery import shared_task
from django.conf import settings

from fake_stripe import actions, delivery
from saas.kernel.items import for_each


@shared_task
def deliver(delivery_id: str) -> bool:
    """Deliver one event."""
    return delivery.deliver(UUID(delivery_id))


@shared_task
def tick() -> int:
    """Run the scheduled changes and deliveries that are due; return how many. Does nothing in other modes."""
    if settings.BILLING_MODE != "sandbox":
        return 0
    waiting = actions.organizations_with_something_due()
    changes = sum(for_each("sandbox: time", waiting, actions.pass_time, complete=True))
    return changes + delivery.deliver_due()
