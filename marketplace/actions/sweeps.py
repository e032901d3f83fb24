"""Going through all organizations that have something to do, one after the other."""

from uuid import UUID

from marketplace.actions import gifted_packs, gifts, overage_uses, overdue, packs
from marketplace.gifts.queries import REMIND_BEFORE, due
from marketplace.models import Order, OrderMethod, OrderStatus, Overage, PaidSubscription, TopUp, present_mode
from saas.kernel import tenancy
from saas.kernel.items import for_each_organization


def settle_orders() -> int:
    """Ask again about card attempts without an answer; return how many there were."""
    with tenancy.system():
        waiting = Order.objects.filter(
            mode=present_mode(), status=OrderStatus.PENDING, method=OrderMethod.CARD, failure_code=""
        )
        organizations = set(waiting.values_list("organization_id", flat=True))
    return sum(for_each_organization("settle_orders", organizations, packs.settle_unknown))


def top_up() -> int:
    """Buy the packs that auto top-ups want now; return how many were ordered."""
    with tenancy.system():
        enabled = TopUp.objects.filter(mode=present_mode(), enabled=True)
        organizations = set(enabled.values_list("organization_id", flat=True))
    return sum(order is not None for order in for_each_organization("top_up", organizations, packs.top_up))


def pay_with_new_cards() -> int:
    """Pay overdue bills with cards that were saved since; return how many were tried."""
    return sum(for_each_organization("pay_with_new_cards", _overdue(), overdue.pay_with_new_card))


def end_unpaid() -> int:
    """Give up subscriptions that stayed unpaid too long, and void the bills of ended ones; return how many ended."""
    ended = sum(for_each_organization("end_unpaid", _overdue(), overdue.end_unpaid))
    for_each_organization("void_bills_of_ended", _ended_with_open_bills(), overdue.void_bills_of_ended)
    return ended


def _overdue() -> set[UUID]:
    with tenancy.system():
        unpaid = PaidSubscription.objects.filter(mode=present_mode(), ended_at=None, past_due_at__isnull=False)
        return set(unpaid.values_list("organization_id", flat=True))


def _ended_with_open_bills() -> set[UUID]:
    with tenancy.system():
        ended = PaidSubscription.objects.filter(mode=present_mode(), ended_at__isnull=False)
        return set(ended.exclude(open_invoice_id="").values_list("organization_id", flat=True))


def report_overage() -> int:
    """Report the overage of every organization that has any to Stripe; return how many uses were reported."""
    with tenancy.system():
        unfinished = Overage.objects.filter(mode=present_mode(), finished_at=None)
        organizations = set(unfinished.values_list("organization_id", flat=True))
    return sum(for_each_organization("report_overage", organizations, overage_uses.report))


def look_after_gifts() -> int:
    """Expire gifts, remind of those that will, deliver what was left undone; return how many."""
    with tenancy.system():
        late = set(due().values_list("organization_id", flat=True))
        waiting = set(due(REMIND_BEFORE).filter(reminded_at=None).values_list("organization_id", flat=True))
    expired = for_each_organization("gifts: expire", late, gifts.expire)
    reminded = for_each_organization("gifts: remind", waiting - late, gifts.remind)
    return sum(expired) + sum(reminded) + gifted_packs.deliver_undelivered()
