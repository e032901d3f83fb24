"""Celery tasks that delete expired idempotency keys and counters of attempts."""

from celery import shared_task
from django.db.models.functions import Now

from saas.kernel import tenancy
from saas.kernel.items import for_each_organization
from saas.web.idempotency import outdated
from saas.web.models import Counter


@shared_task
def forget_idempotency_keys() -> int:
    """Delete keys with their answers when their time is over; return how many."""
    with tenancy.system():
        old = set(outdated().values_list("organization_id", flat=True))
    return sum(for_each_organization("forget_idempotency_keys", old, lambda: outdated().delete()[0]))


@shared_task
def forget_counters() -> int:
    """Delete counters whose window is over; return how many."""
    deleted, _ = Counter.objects.filter(ends_at__lt=Now()).delete()
    return deleted
