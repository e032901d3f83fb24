from django.apps import AppConfig

from saas.kernel.errors import NUMBER, RETRY_AFTER, TEXT, ErrorCode

MORE_TOKENS = (("packs", "Get more tokens"), ("plans", "Compare plans"))
PAYMENT = (("billing", "Fix the payment"),)


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    next_steps = {
        **dict.fromkeys(["insufficient_tokens", "token_debt"], MORE_TOKENS),
        **dict.fromkeys(["license_ai_off", "license_sync_off", "license_reports_off"], PAYMENT),
    }
    state_looks = {
        "success": "paid accepted",
        "accent": "pending offered",
        "warning": "disputed",
        "danger": "failed declined",
    }
    error_codes = (
        ErrorCode(402, "card_declined", {"reason": TEXT}),
        ErrorCode(503, "payments_unavailable", sometimes=RETRY_AFTER),
    )
    error_details = {
        "conflict": {"gift_status": TEXT},
        "validation_error": {"limit": TEXT, "allowed": NUMBER},
    }

    def resting(self) -> list[str]:
        """Return "payments" while Stripe is left alone."""
        from marketplace.stripe import gateway

        return ["payments"] if gateway.is_resting() else []

    def ready(self) -> None:
        """Register the checks of a start, and the functions that apply snapshots from Stripe.

        `marketplace.stripe` fetches what Stripe says; it stands below the rooms that know what it means, so they are
        named to it here.
        """
        from marketplace.overage import allotment, uses
        from marketplace.packs import checkouts, orders, topup
        from marketplace.payments import fulfilment, invoices
        from marketplace.stripe import checks, customers, objects, reconciliation  # noqa: F401
        from marketplace.subscriptions import duplicates, reminders, sync

        objects.CHECKOUT.appliers = (checkouts.apply_checkout,)
        objects.PAYMENT.appliers = (fulfilment.apply_payment,)
        objects.WARNED_PAYMENT.appliers = (fulfilment.apply_payment, topup.stop_after_warning)
        objects.SALE.appliers = (fulfilment.apply_sale,)
        objects.SUBSCRIPTION.appliers = (
            sync.apply_subscription,
            allotment.resize_after_sync,
            invoices.save_paid_bills,
            reminders.report_retry,
        )
        objects.CUSTOMER.appliers = (sync.end_with_customer, customers.apply_customer)
        reconciliation.STEPS = (
            orders.settle_unknown,
            orders.look_at_processing,
            uses.compare,
            duplicates.refund_duplicates,
            invoices.ask_for_missing,
        )
