"""Reading what metered operations did and cost."""

from uuid import UUID

from django.db.models import QuerySet

from saas.metering.models import AttemptRecord


def attempts(transaction_id: UUID) -> QuerySet[AttemptRecord]:
    """Return the provider calls of one operation, oldest first."""
    return AttemptRecord.objects.filter(transaction_id=transaction_id).order_by("id")
