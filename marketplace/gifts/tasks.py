"""Celery tasks of gifts."""

from celery import shared_task

from marketplace.gifts import mailing, sweeps
from saas.kernel import tenancy


@shared_task(name="marketplace.tasks.look_after_gifts")
def look_after_gifts() -> int:
    """Expire, remind, deliver and mail gifts; return how many."""
    done = sweeps.look_after_gifts()
    with tenancy.system():
        return done + mailing.send_due()
