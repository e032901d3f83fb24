"""Celery task of notifications."""

from celery import shared_task

from saas.kernel import tenancy
from saas.notifications import delivery


@shared_task(name="audit.tasks.notify")  # messages outlive a deploy: the name is older than the room
def notify() -> int:
    """Notify people of new events, in the application and by e-mail; return how many notifications that made."""
    with tenancy.system():
        try:
            return delivery.notify()
        finally:
            delivery.mail()
