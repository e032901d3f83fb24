"""What became of a visit to Stripe's pay page."""

from uuid import UUID

from marketplace.actions import packs
from marketplace.actions.payments import apply_payment, await_money, bounce
from marketplace.actions.subscription_sync import apply_subscription
from marketplace.models import Order, OrderStatus
from marketplace.stripe import gateway
from marketplace.stripe.concurrency import apply_if_unchanged
from marketplace.stripe.gateway.snapshots import CheckoutSnapshot
from saas.kernel.errors import NotFound


def apply_checkout(snapshot: CheckoutSnapshot) -> None:
    """Fulfil, keep waiting or close: what is paid says `payment_status`, never the arrival of a visitor."""
    if snapshot.payment is not None:
        apply_payment(snapshot.payment)
    if snapshot.subscription is not None:
        apply_subscription(snapshot.subscription)
    if snapshot.order_id is None:
        return
    if snapshot.status == "expired":
        packs.expire(snapshot.order_id)
    elif snapshot.status == "complete" and snapshot.payment_status == "unpaid":
        if snapshot.payment is not None and snapshot.payment.failure_code:
            bounce(snapshot.order_id, snapshot.payment.failure_code)
        else:
            await_money(snapshot.order_id)


def confirm_order(order_id: UUID) -> Order:
    """Ask Stripe how the order's visit ended, for the page a person comes back to; return the order.

    The page and the webhook do the same, in any order. Raises NotFound, PaymentsUnavailable.
    """
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound("There is no such purchase.")
    if order.checkout_session_id and order.status in (OrderStatus.PENDING, OrderStatus.PROCESSING):
        apply_if_unchanged(lambda: gateway.checkout(order.checkout_session_id), apply_checkout)
        order.refresh_from_db()
    return order


def confirm_subscription(session_id: str) -> None:
    """Apply a visit for a plan that a person comes back from; a visit of somebody else raises NotFound."""
    snapshot = gateway.checkout(session_id)
    if not snapshot.customer_id or not packs.is_own_customer(snapshot.customer_id):
        raise NotFound("There is no such visit.")
    apply_if_unchanged(lambda: gateway.checkout(session_id), apply_checkout)
