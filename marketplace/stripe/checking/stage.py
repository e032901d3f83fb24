"""The clocks and customers of a run: each customer lives by a clock of its own, and goes with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.models import PackOrder
from marketplace.stripe import gateway
from marketplace.stripe.gateway import PlanPrice, clocks
from marketplace.stripe.gateway.snapshots import PaymentSnapshot, SaleSnapshot, SubscriptionSnapshot
from saas.kernel.ids import uuid7

GOOD = "pm_card_visa"
FAILING = "pm_card_chargeCustomerFail"
ASKING = "pm_card_authenticationRequired"
DISPUTED = "pm_card_createDispute"
DEBIT = "pm_usBankAccount_success"
"""Stripe's names of test payment methods: docs.stripe.com/testing."""

PRO = PlanPrice("pro", "Pro (check_stripe)", Decimal(29), is_custom=True)
ENTERPRISE = PlanPrice("enterprise", "Enterprise (check_stripe)", Decimal(99), is_custom=True)
DRAFT = timedelta(hours=2)
"""Longer than a renewal waits as a draft before it is charged."""


class NeedsSetup(Exception):
    """A step cannot be taken before something is set up; the text says what."""


@dataclass
class Buyer:
    """A customer, and the clock they live by."""

    customer_id: str
    clock: clocks.StripeClock
    card: str

    def subscribe(self, plan: PlanPrice) -> SubscriptionSnapshot:
        """Begin a subscription to the plan with the saved card."""
        return gateway.subscription(clocks.subscribe(customer_id=self.customer_id, price_id=gateway.ensure_price(plan)))

    def pass_time(self, to: datetime) -> None:
        """Let time pass for the customer."""
        self.clock = clocks.advance(self.clock, to)

    def renew(self, subscription: SubscriptionSnapshot) -> SubscriptionSnapshot:
        """Let the period end, and its bill be charged; return the subscription as it is then."""
        self.pass_time(subscription.period_ends_at + DRAFT)
        return gateway.subscription(subscription.subscription_id)

    def change_card(self, subscription: SubscriptionSnapshot, test_card: str) -> None:
        """Save another card, and let the subscription be paid with it."""
        self.card = clocks.save_card(self.customer_id, test_card)
        gateway.use_card(subscription_id=subscription.subscription_id, card=self.card, key=f"check:{uuid7()}")

    def order(self) -> PackOrder:
        """Return an order of a pack of $29, billed and not paid; it is in no table."""
        order = PackOrder(
            organization_id=NO_ORGANIZATION,
            origin="person",
            pack_key="check_stripe",
            pack_name="500 tokens (check_stripe)",
            tokens=500,
            amount=Decimal(29),
            attempt=1,
            payment_method_id=self.card,
            mode="test",
        )
        order.invoice_id = gateway.bill_order(order=order, customer_id=self.customer_id)
        return order

    def buy(self) -> SaleSnapshot:
        """Buy a pack with the saved card."""
        order = self.order()
        gateway.pay_order(order=order)
        return gateway.sale(order.invoice_id)

    def payments(self) -> list[PaymentSnapshot]:
        """Return the customer's payments."""
        since = datetime.now(UTC) - timedelta(days=30)
        return [gateway.payment(each) for each in gateway.payments_of(self.customer_id, since)]


NO_ORGANIZATION = UUID(int=0)
"""Stands in the metadata of what is made: nobody's."""


@dataclass
class CheckStage:
    """What a run has made at Stripe."""

    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    run: str = field(default_factory=lambda: uuid7().hex[-8:])
    address: str = ""
    arrived: Callable[[str], bool] | None = None
    _ends: list[Callable[[], Any]] = field(default_factory=list)

    def buyer(self, test_card: str = GOOD, **about: Any) -> Buyer:
        """Make a customer with a saved card on a new clock."""
        clock = clocks.open_clock(self.began_at)
        self.at_the_end(lambda: clocks.close_clock(clock.clock_id))
        customer = clocks.open_customer(
            clock, name=f"check_stripe {self.run}", email=f"check-{self.run}@example.com", **about
        )
        return Buyer(customer, clock, clocks.save_card(customer, test_card))

    def key(self, name: str) -> str:
        """Return an idempotency key of this run."""
        return f"check:{self.run}:{name}"

    def at_the_end(self, undo: Callable[[], Any]) -> None:
        """Do something when all steps have been taken."""
        self._ends.append(undo)

    def close(self) -> list[str]:
        """Delete what was made, the newest first; return what could not be deleted."""
        problems = []
        for undo in reversed(self._ends):
            try:
                undo()
            except Exception as error:
                problems.append(f"{type(error).__name__}: {error}")
        self._ends.clear()
        return problems
