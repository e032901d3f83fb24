"""Celery's clock for what is forgotten: idempotency keys, and counters of attempts."""

from datetime import timedelta

from celery import shared_task
from django.db.models import QuerySet
from django.db.models.functions import Now

from saas.kernel import tenancy
from saas.kernel.items import for_each_organization
from saas.web.models import Counter, IdempotencyRecord

KEPT = timedelta(hours=24)
"""How long a key is remembered; Stripe's promise is the same."""


@shared_task
def forget_idempotency_keys() -> int:
    """Delete keys older than KEPT; return how many."""
    with tenancy.system():
        old = set(_old().values_list("organization_id", flat=True))
    return sum(for_each_organization("forget_idempotency_keys", old, lambda: _old().delete()[0]))


def _old() -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(created_at__lt=Now() - KEPT)


@shared_task
def forget_counters() -> int:
    """Delete counters whose window is over; return how many."""
    deleted, _ = Counter.objects.filter(ends_at__lt=Now()).delete()
    return deleted
