"""Forgetting old deliveries: the log is for mending receivers, the audit log for everything else."""

from datetime import timedelta

from django.db.models.functions import Now

from saas.kernel.transactions import transaction
from saas.webhooks.models import Attempt, Delivery, DeliveryStatus, Secret

DAYS = 30


def forget(*, days: int = DAYS) -> int:
    """Delete deliveries that ended and are older, with their attempts, and secrets that ended; return how many.

    Needs the system context.
    """
    old = Delivery.objects.filter(created_at__lt=Now() - timedelta(days=days)).exclude(status=DeliveryStatus.PENDING)
    with transaction():
        ids = list(old.select_for_update(skip_locked=True).values_list("id", flat=True))
        Attempt.objects.filter(delivery_id__in=ids).delete()
        Delivery.objects.filter(id__in=ids).delete()
        Secret.objects.filter(ends_at__lt=Now()).delete()
    return len(ids)
