"""Celery tasks of paid plans."""

from celery import shared_task

from marketplace.subscriptions import price_changes, reminders, sweeps


@shared_task(name="marketplace.tasks.pay_with_new_cards")
def pay_with_new_cards() -> int:
    """Pay overdue bills with cards that were saved since; return how many were tried."""
    return sweeps.pay_with_new_cards()


@shared_task(name="marketplace.tasks.end_unpaid")
def end_unpaid() -> int:
    """Give up subscriptions that stayed unpaid; return how many."""
    return sweeps.end_unpaid()


@shared_task(name="marketplace.tasks.follow_price_changes")
def follow_price_changes() -> int:
    """Schedule announced changes of prices at Stripe, and undo withdrawn ones; return how many were worked at."""
    return price_changes.follow_price_changes()


@shared_task(name="marketplace.tasks.remind_of_bills")
def remind_of_bills() -> int:
    """Remind owners of bills that come and of cards that expire; return how many reminders there were."""
    return reminders.remind_all()
