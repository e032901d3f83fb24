"""Celery's clock for the sandbox."""

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
    """Let time pass for every organization and deliver what is due; return how much happened. Safe in any mode."""
    if settings.BILLING_MODE != "sandbox":
        return 0
    waiting = actions.organizations_with_something_due()
    happened = sum(for_each("sandbox: time", waiting, actions.pass_time, complete=True))
    return happened + delivery.deliver_due()
