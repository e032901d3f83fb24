"""Going through all organizations that have something to do, one after the other."""

import logging
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from marketplace.actions import gifted_packs, gifts, overage_uses, overdue, packs
from marketplace.gifts.queries import REMIND_BEFORE, due
from marketplace.models import Order, OrderMethod, OrderStatus, Overage, PaidSubscription, TopUp, present_mode
from saas.kernel import tenancy
from saas.kernel.errors import DomainError

logger = logging.getLogger(__name__)


def settle_orders() -> int:
    """Ask again about card attempts without an answer; return how many there were."""
    with tenancy.system():
        waiting = Order.objects.filter(
            mode=present_mode(), status=OrderStatus.PENDING, method=OrderMethod.CARD, failure_code=""
        )
        organizations = set(waiting.values_list("organization_id", flat=True))
    return sum(_each(organizations, packs.settle_unknown))


def top_up() -> int:
    """Buy the packs that auto top-ups want now; return how many were ordered."""
    with tenancy.system():
        enabled = TopUp.objects.filter(mode=present_mode(), enabled=True)
        organizations = set(enabled.values_list("organization_id", flat=True))
    return sum(order is not None for order in _each(organizations, packs.top_up))


def pay_with_new_cards() -> int:
    """Pay overdue bills with cards that were saved since; return how many were tried."""
    return sum(_each(_overdue(), overdue.pay_with_new_card))


def end_unpaid() -> int:
    """Give up subscriptions that stayed unpaid too long; return how many."""
    return sum(_each(_overdue(), overdue.end_unpaid))


def _overdue() -> set[UUID]:
    with tenancy.system():
        unpaid = PaidSubscription.objects.filter(mode=present_mode(), ended_at=None, past_due_at__isnull=False)
        return set(unpaid.values_list("organization_id", flat=True))


def report_overage() -> int:
    """Tell Stripe of the overage of every organization that has any; return how many uses were told."""
    with tenancy.system():
        unfinished = Overage.objects.filter(mode=present_mode(), finished_at=None)
        organizations = set(unfinished.values_list("organization_id", flat=True))
    return sum(_each(organizations, overage_uses.report))


def look_after_gifts() -> int:
    """Expire gifts, remind of those that will, deliver what was left undone; return how many."""
    with tenancy.system():
        late = set(due().values_list("organization_id", flat=True))
        waiting = set(due(REMIND_BEFORE).filter(reminded_at=None).values_list("organization_id", flat=True))
    done: list[int] = [*_each(late, gifts.expire), *_each(waiting - late, gifts.remind)]
    return sum(done) + gifted_packs.deliver_undelivered()


def _each(organizations: Iterable[UUID], do: Callable[[], Any]) -> list[Any]:
    """Do it for each; what fails for one waits for the next run and keeps nobody else from theirs."""
    done = []
    for organization_id in organizations:
        try:
            with tenancy.organization(organization_id):
                done.append(do())
        except DomainError:
            logger.exception("%s failed for organization %s", do.__name__, organization_id)
    return done
