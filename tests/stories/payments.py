"""What an organization has paid."""

from uuid import UUID

from marketplace.models import Payment
from saas.kernel import tenancy


def paid_cents(organization_id: UUID) -> list[int]:
    with tenancy.organization(organization_id):
        return sorted(Payment.objects.values_list("paid_cents", flat=True))
