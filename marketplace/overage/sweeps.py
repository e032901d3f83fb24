"""Run the jobs of overage for each organization that has some."""

from marketplace.models import Overage
from marketplace.overage import uses
from saas.kernel import tenancy
from saas.kernel.items import for_each_organization


def report_overage() -> int:
    """Report the overage of every organization that has any to Stripe; return how many uses were reported."""
    with tenancy.system():
        unfinished = Overage.objects.filter(finished_at=None)
        organizations = set(unfinished.values_list("organization_id", flat=True))
    return sum(for_each_organization("report_overage", organizations, uses.report))
