"""Apply the result of a visit to Stripe's pay page."""

from uuid import UUID

from marketplace.models import OrderStatus, PackOrder
from marketplace.packs import orders
from marketplace.stripe.gateway.snapshots import CheckoutSnapshot
from marketplace.stripe.objects import CHECKOUT, PAYMENT, SUBSCRIPTION
from saas.kernel.errors import NotFound


def apply_checkout(snapshot: CheckoutSnapshot) -> None:
    """Fulfil, keep waiting or close: what is paid says `payment_status`, never the arrival of a visitor."""
    if snapshot.payment is not None:
        PAYMENT.apply(snapshot.payment)
    if snapshot.subscription is not None:
        SUBSCRIPTION.apply(snapshot.subscription)
    if snapshot.order_id is None:
        return
    if snapshot.status == "expired":
        orders.expire(snapshot.order_id)
    elif snapshot.status == "complete" and snapshot.payment_status == "unpaid":
        if snapshot.payment is not None and snapshot.payment.failure_code:
            orders.bounce(snapshot.order_id, snapshot.payment.failure_code)
        else:
            orders.await_money(snapshot.order_id)


def confirm_order(order_id: UUID) -> PackOrder:
    """Ask Stripe how the order's visit ended, for the page a person comes back to; return the order.

    The page and the webhook do the same, in any order. Raises NotFound, PaymentsUnavailable.
    """
    order = PackOrder.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound("There is no such purchase.")
    if order.checkout_session_id and order.status in (OrderStatus.PENDING, OrderStatus.PROCESSING):
        CHECKOUT.sync(order.checkout_session_id)
        order.refresh_from_db()
    return order
