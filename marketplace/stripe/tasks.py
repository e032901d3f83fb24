"""Celery tasks of Stripe's events. The work is in the inbox, so a lost message only delays it.

The names of the tasks are older than this room: messages and schedules go by them.
"""

from contextlib import suppress
from uuid import UUID

from celery import shared_task
from django.conf import settings

from marketplace.models import EventStatus
from marketplace.stripe import contacts, inbox, reconciliation
from saas.kernel.errors import ServiceResting
from saas.kernel.publishing import publish


@shared_task(name="marketplace.tasks.handle_event")
def handle_event(event_pk: str) -> str:
    """Handle one event; while Stripe is left alone it waits for `work_inbox`."""
    with suppress(ServiceResting):
        return inbox.handle(UUID(event_pk))
    return EventStatus.RECEIVED


def wake(event_pk: UUID) -> None:
    """Ask a worker to handle an event now; without a broker the next `work_inbox` finds it."""
    publish("marketplace.tasks.handle_event", str(event_pk))


@shared_task(name="marketplace.tasks.work_inbox")
def work_inbox() -> int:
    """Handle the events that wait; return how many."""
    return inbox.work()


@shared_task(name="marketplace.tasks.catch_up")
def catch_up() -> int:
    """Save events that never arrived; return how many."""
    return inbox.catch_up()


@shared_task(name="marketplace.tasks.reconcile_all")
def reconcile_all() -> int:
    """Compare with Stripe those whose day is over; return how many organizations."""
    return reconciliation.reconcile()


@shared_task(name="marketplace.tasks.send_contacts")
def send_contacts() -> int:
    """Tell Stripe names and addresses that changed; return for how many organizations."""
    return contacts.send_contacts()


@shared_task(name="marketplace.tasks.forget_payloads")
def forget_payloads() -> int:
    """Delete the bodies of old events; return how many."""
    return inbox.forget_payloads(days=settings.RETENTION_DAYS["stripe_payloads"])
