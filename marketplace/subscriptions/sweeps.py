"""Run the jobs of overdue bills for each organization that has some."""

from uuid import UUID

from marketplace.models import Customer, StripeSubscription
from marketplace.subscriptions import overdue
from saas.kernel import tenancy
from saas.kernel.items import for_each_organization


def pay_with_new_cards() -> int:
    """Pay overdue bills with cards that were saved since; return how many were tried.

    Plans in good standing follow the payment method that their customer made the default.
    """
    for_each_organization("use_default_methods", _with_new_default(), overdue.use_default_method)
    return sum(for_each_organization("pay_with_new_cards", _overdue(), overdue.pay_with_new_card))


def end_unpaid() -> int:
    """Give up subscriptions that stayed unpaid too long, and void the bills of ended ones; return how many ended.

    Those whose first debit did not arrive never began, and end at once.
    """
    for_each_organization("end_unbegun", _unbegun(), overdue.end_unbegun)
    ended = sum(for_each_organization("end_unpaid", _overdue(), overdue.end_unpaid))
    for_each_organization("void_bills_of_ended", _ended_with_open_bills(), overdue.void_bills_of_ended)
    return ended


def _overdue() -> set[UUID]:
    with tenancy.system():
        unpaid = StripeSubscription.objects.filter(ended_at=None, past_due_at__isnull=False)
        return set(unpaid.values_list("organization_id", flat=True))


def _unbegun() -> set[UUID]:
    with tenancy.system():
        waiting = StripeSubscription.objects.filter(ended_at=None, plan_subscription_id=None, first_bill_open=True)
        return set(waiting.filter(processing_at=None).values_list("organization_id", flat=True))


def _with_new_default() -> set[UUID]:
    with tenancy.system():
        return set(Customer.objects.filter(default_changed=True).values_list("organization_id", flat=True))


def _ended_with_open_bills() -> set[UUID]:
    with tenancy.system():
        ended = StripeSubscription.objects.filter(ended_at__isnull=False)
        return set(ended.exclude(open_invoice_id="").values_list("organization_id", flat=True))
