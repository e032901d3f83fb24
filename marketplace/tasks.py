"""Celery's clock for money. The inbox and the orders are the truth; a lost wake-up is only late."""

from uuid import UUID

from celery import shared_task
from django.conf import settings

from marketplace import inbox, reconcile
from marketplace.actions import sweeps
from marketplace.gifts import mailing
from saas.kernel import tenancy
from saas.kernel.publishing import publish


@shared_task
def handle_event(event_pk: str) -> str:
    """Handle one event."""
    return inbox.handle(UUID(event_pk))


def wake(event_pk: UUID) -> None:
    """Ask a worker to handle an event now; without a broker the next `work_inbox` finds it."""
    publish("marketplace.tasks.handle_event", str(event_pk))


@shared_task
def work_inbox() -> int:
    """Handle the events that wait; return how many."""
    return inbox.work()


@shared_task
def catch_up() -> int:
    """Keep events that never arrived; return how many."""
    return inbox.catch_up()


@shared_task
def reconcile_all() -> int:
    """Compare with Stripe; return how many organizations could not be."""
    return reconcile.reconcile()


@shared_task
def settle_orders() -> int:
    """Ask again about charges without an answer; return how many."""
    return sweeps.settle_orders()


@shared_task
def top_up() -> int:
    """Buy the packs that auto top-ups want; return how many were ordered."""
    return sweeps.top_up()


@shared_task
def pay_with_new_cards() -> int:
    """Pay overdue bills with cards that were saved since; return how many were tried."""
    return sweeps.pay_with_new_cards()


@shared_task
def report_overage() -> int:
    """Tell Stripe of overage that was used; return how many uses."""
    return sweeps.report_overage()


@shared_task
def end_unpaid() -> int:
    """Give up subscriptions that stayed unpaid; return how many."""
    return sweeps.end_unpaid()


@shared_task
def look_after_gifts() -> int:
    """Expire, remind, deliver and mail gifts; return how many."""
    done = sweeps.look_after_gifts()
    with tenancy.system():
        return done + mailing.send_due()


@shared_task
def forget_payloads() -> int:
    """Forget the bodies of old events; return how many."""
    return inbox.forget_payloads(days=settings.RETENTION_DAYS["stripe_payloads"])
