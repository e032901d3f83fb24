"""End everything that a closed organization buys or pays for: first at Stripe, then here."""

from marketplace.gifts import endings
from marketplace.models import Customer, OrderStatus, PackOrder
from marketplace.models.gifts import OPEN, Gift, GiftStatus
from marketplace.overage.allotment import resize_overage
from marketplace.packs import orders, topup
from marketplace.queries import live_subscription
from marketplace.stripe import gateway
from marketplace.stripe.gateway.snapshots import OVER
from marketplace.subscriptions.sync import sync_subscription
from saas.accounts.lock import serialized
from saas.kernel.errors import Conflict

PAY_PAGES = ("subscription", "payment")


def cancel_at_stripe() -> None:
    """End the organization's subscriptions at Stripe at once, charging and crediting nothing, and close its pay pages.

    Repeating is safe: what has ended at Stripe is only written down. One that was paid beside another is left to the
    daily comparison, which gives its money back. Raises PaymentsUnavailable.
    """
    customer = Customer.objects.exclude(customer_id=None).first()
    if customer is None or customer.customer_id is None:
        return
    gateway.expire_open_checkouts(customer.customer_id, modes=PAY_PAGES)
    for subscription_id in gateway.subscriptions_of(customer.customer_id):
        row = sync_subscription(subscription_id)
        if row.status not in OVER and not row.duplicate:
            gateway.cancel_now(
                subscription_id=subscription_id, schedule_id=row.schedule_id, key=f"closed:{subscription_id}"
            )
            sync_subscription(subscription_id)


def stop_buying(*, reason: str) -> None:
    """Stop what buys by itself, and end open orders and gifts. Repeating changes nothing.

    An order that was on its way to Stripe is not asked for again: if it is paid all the same, staff hear of it.
    Raises Conflict where a plan began since `cancel_at_stripe`.
    """
    with serialized():
        if live_subscription() is not None:
            raise Conflict("A plan was paid for a moment ago. Close the organization again, and it ends as well.")
        topup.stop(reason=reason)
        resize_overage()
        for order_id in list(PackOrder.of_all_modes.filter(status=OrderStatus.PENDING).values_list("id", flat=True)):
            orders.expire(order_id)
        for gift in list(Gift.objects.filter(status__in=OPEN)):
            endings.end(gift, GiftStatus.WITHDRAWN, reason=reason)
