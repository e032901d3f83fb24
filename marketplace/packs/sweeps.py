"""Run the jobs of packs for each organization that has something to do."""

from marketplace.models import TopUp
from marketplace.packs import orders
from saas.kernel import tenancy
from saas.kernel.items import for_each_organization


def settle_orders() -> int:
    """Ask again about card attempts without an answer, and end invoices of failed ones; return how many there were."""
    with tenancy.system():
        waiting = orders.unanswered().values_list("organization_id", flat=True)
        organizations = {*waiting, *orders.bounced().values_list("organization_id", flat=True)}
    return sum(for_each_organization("settle_orders", organizations, orders.settle_unknown))


def top_up() -> int:
    """Buy the packs that auto top-ups want now; return how many were ordered."""
    with tenancy.system():
        enabled = TopUp.objects.filter(enabled=True)
        organizations = set(enabled.values_list("organization_id", flat=True))
    return sum(order is not None for order in for_each_organization("top_up", organizations, orders.top_up))
