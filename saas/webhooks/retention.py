"""Delete old deliveries and ended secrets: the delivery log helps to fix receivers, the audit log keeps history."""

from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from saas.kernel.items import for_each_organization
from saas.kernel.transactions import transaction
from saas.webhooks.models import Attempt, Delivery, DeliveryStatus, Secret

DAYS = 30
A_COMMIT = 1_000


def forget(*, days: int = DAYS) -> int:
    """Delete deliveries that ended and are older, with their attempts, and secrets that ended; return how many.

    Needs the system context.
    """
    old = _old(days).values_list("organization_id", flat=True)
    ended = Secret.objects.filter(ends_at__lt=Now()).values_list("organization_id", flat=True)
    return sum(for_each_organization("forget_webhooks", {*old, *ended}, lambda: _forget(days)))


def _old(days: int) -> QuerySet[Delivery]:
    return Delivery.objects.filter(created_at__lt=Now() - timedelta(days=days)).exclude(status=DeliveryStatus.PENDING)


def _forget(days: int) -> int:
    """Forget what is old of the organization acted for, so many deliveries in a commit; return how many."""
    forgotten = 0
    while ids := _forget_some(days):
        forgotten += ids
    Secret.objects.filter(ends_at__lt=Now()).delete()
    return forgotten


def _forget_some(days: int) -> int:
    with transaction():
        ids = list(_old(days).select_for_update(skip_locked=True).values_list("id", flat=True)[:A_COMMIT])
        Attempt.objects.filter(delivery_id__in=ids).delete()
        Delivery.objects.filter(id__in=ids).delete()
    return len(ids)
