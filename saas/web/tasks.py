"""Celery's clock for idempotency keys."""

from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from saas.kernel import tenancy
from saas.web.models import IdempotencyRecord

KEPT = timedelta(hours=24)
"""How long a key is remembered; Stripe's promise is the same."""


@shared_task
def forget_idempotency_keys() -> int:
    """Delete keys older than KEPT; return how many."""
    with tenancy.system():
        deleted, _ = IdempotencyRecord.objects.filter(created_at__lt=Now() - KEPT).delete()
    return deleted
