"""Celery's clock for money; where Celery finds the tasks of its rooms. A lost message is only late."""

from celery import shared_task

from marketplace.actions import sweeps
from marketplace.gifts import mailing
from marketplace.stripe import tasks as stripe  # noqa: F401
from saas.kernel import tenancy


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
