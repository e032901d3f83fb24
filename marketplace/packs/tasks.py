"""Celery tasks of packs. The work is in the orders, so a lost message only delays it."""

from celery import shared_task

from marketplace.packs import sweeps


@shared_task(name="marketplace.tasks.settle_orders")
def settle_orders() -> int:
    """Ask again about charges without an answer; return how many."""
    return sweeps.settle_orders()


@shared_task(name="marketplace.tasks.top_up")
def top_up() -> int:
    """Buy the packs that auto top-ups want; return how many were ordered."""
    return sweeps.top_up()
