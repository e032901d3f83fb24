"""Going through all organizations that have something to do, one after the other."""

import logging
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from marketplace.actions import packs, subscriptions
from marketplace.models import Order, OrderMethod, OrderStatus, PaidSubscription, TopUp, present_mode
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


def end_unpaid() -> int:
    """Give up subscriptions that stayed unpaid too long; return how many."""
    with tenancy.system():
        overdue = PaidSubscription.objects.filter(mode=present_mode(), ended_at=None, past_due_at__isnull=False)
        organizations = set(overdue.values_list("organization_id", flat=True))
    return sum(_each(organizations, subscriptions.end_unpaid))


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
