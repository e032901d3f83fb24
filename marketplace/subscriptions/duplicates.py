"""Subscriptions that were paid beside another one, or for a closed organization."""

from marketplace.models import StripeSubscription
from marketplace.stripe import gateway
from marketplace.subscriptions.sync import sync_subscription
from saas.kernel import tenancy


def refund_duplicates() -> int:
    """End and refund subscriptions that were paid beside another one; return how many there were."""
    twice = StripeSubscription.objects.filter(duplicate=True, ended_at=None)
    for row in list(twice):
        undo_duplicate(row)
    return len(twice)


def undo_duplicate(row: StripeSubscription) -> None:
    """End a subscription that was paid beside another, and give its money back, once that is no longer on its way."""
    if gateway.subscription(row.subscription_id).is_processing:
        return
    intent = gateway.payment_of_latest_invoice(row.subscription_id)
    gateway.cancel_now(
        subscription_id=row.subscription_id,
        schedule_id=row.schedule_id,
        key=f"duplicate:{row.subscription_id}:cancel",
    )
    if intent:
        payment = gateway.payment(intent)
        gateway.refund(
            payment_intent_id=intent,
            invoice_id=payment.invoice.invoice_id if payment.invoice else "",
            cents=payment.received_cents,
            organization_id=tenancy.current_organization_id(),
            key=f"duplicate:{row.subscription_id}:refund",
        )
    sync_subscription(row.subscription_id)
