"""Celery's clock for the stream."""

from celery import shared_task

from audit import delivery, verification
from saas.kernel import tenancy


@shared_task
def checkpoint() -> int:
    """Note, outside of the database, how far every chain has come; return how many had moved."""
    with tenancy.system():
        return verification.note_heads()


@shared_task
def notify() -> int:
    """Notify people of new events, in the application and by e-mail; return how many notifications that made."""
    with tenancy.system():
        try:
            return delivery.notify()
        finally:
            delivery.mail()
