"""Snapshots of Stripe's objects as plain values, without the SDK."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

OVERDUE = ("past_due", "unpaid")
"""States of a subscription whose renewal is unpaid."""

PAUSED = "paused"
"""The state of a subscription that was paused: by somebody, at a trial's end, or by Stripe after a failed payment."""

OVER = ("canceled", "incomplete_expired")
"""States of a subscription that has ended for good."""


@dataclass(frozen=True)
class MethodSnapshot:
    """A saved payment method. `brand` is a card's, or the bank's name; what the kind has not is empty.

    `is_default` says that the customer chose it for all that is billed.
    """

    payment_method_id: str
    kind: str
    brand: str = ""
    last4: str = ""
    expires: str = ""
    is_default: bool = False


@dataclass(frozen=True)
class CreditNoteSnapshot:
    """A credit note over an invoice, in the currency's smallest unit; `tax_cents` is within `total_cents`."""

    credit_note_id: str
    number: str
    total_cents: int
    tax_cents: int
    voided: bool
    pdf_url: str
    issued_at: datetime


@dataclass(frozen=True)
class InvoiceDocument:
    """What stands on an invoice, in the currency's smallest unit; `tax_cents` is within `total_cents`.

    `subtotal_cents` is what its lines cost, before discounts and before tax that comes on top: what was sold.
    """

    number: str
    subtotal_cents: int
    tax_cents: int
    total_cents: int
    currency: str
    customer_name: str
    customer_address: str
    customer_tax_ids: str
    pdf_url: str
    credit_notes: tuple[CreditNoteSnapshot, ...]


@dataclass(frozen=True)
class InvoiceSnapshot:
    """A bill: of a subscription, or of the pack of an order. `reason` is Stripe's billing_reason.

    It is for `plan_key` from `starts_at` on, in the place of `from_plan_key` when it bills a change. `due_cents` is
    what is still to be paid, in the currency's smallest unit. `is_whole` says that the plan's line is for a whole
    month: where the months begin anew. `payment_intent_id` is empty where no money moved, and where Stripe was not
    asked for it. `attempts` counts the first attempt and the automatic ones after it.
    """

    invoice_id: str
    customer_id: str
    subscription_id: str
    order_id: UUID | None
    reason: str
    status: str
    finalized_at: datetime
    hosted_url: str
    due_cents: int
    plan_key: str
    from_plan_key: str
    starts_at: datetime
    paid_at: datetime | None
    payment_intent_id: str
    is_whole: bool
    document: InvoiceDocument
    attempts: int = 0
    next_attempt_at: datetime | None = None

    @property
    def begins_period(self) -> bool:
        """Return True if it bills a whole month, and so its allowance: also where one begins anew."""
        return self.reason in ("subscription_create", "subscription_cycle") or self._begins_anew

    @property
    def is_upgrade(self) -> bool:
        """Return True if it bills a change of plan within a month."""
        return self.reason == "subscription_update" and bool(self.plan_key and self.from_plan_key) and not self.is_whole

    @property
    def _begins_anew(self) -> bool:
        return self.reason == "subscription_update" and bool(self.plan_key) and self.is_whole

    @property
    def is_renewal(self) -> bool:
        """Return True if it bills a new month: only its failure makes a license overdue."""
        return self.reason == "subscription_cycle"


@dataclass(frozen=True)
class PaymentAttempt:
    """The newest attempt to pay a bill: with which card, and whether its bank wants the customer to confirm.

    `processing`: the bank has it, the money comes or fails within days.
    """

    card: str
    needs_customer: bool
    processing: bool = False


@dataclass(frozen=True)
class PaymentSnapshot:
    """A payment intent with everything that was taken back from it, in the currency's smallest unit.

    `withdrawn_cents` is what disputes took and did not give back, `dispute_fee_cents` what Stripe keeps for them;
    `disputed` says that one is open. `refunds` counts the refunds that were begun, those that failed included.
    `asked_cents` are the amounts that what was sold can be known by: its lines, which discounts and tax on top do not
    change, or the whole.
    """

    payment_intent_id: str
    customer_id: str
    status: str
    order_id: UUID | None
    amount_cents: int
    received_cents: int
    asked_cents: frozenset[int]
    tax_cents: int
    refunds: int
    refunded_cents: int
    withdrawn_cents: int
    disputed: bool
    currency: str
    charge_id: str
    receipt_url: str
    failure_code: str
    created_at: datetime
    invoice: InvoiceSnapshot | None
    dispute_fee_cents: int = 0

    @property
    def reversed_cents(self) -> int:
        """Return what was paid and is gone again; a refund and a dispute cannot take more than was paid."""
        return min(self.received_cents, self.refunded_cents + self.withdrawn_cents)


@dataclass(frozen=True)
class SaleSnapshot:
    """An invoice with the payment that it was paid by; None where no money moved, or none has yet."""

    invoice: InvoiceSnapshot
    payment: PaymentSnapshot | None

    @property
    def customer_id(self) -> str:
        """Return whose invoice it is."""
        return self.invoice.customer_id


@dataclass(frozen=True)
class SubscriptionSnapshot:
    """A subscription with its open bills. A plan key is empty where Stripe's price names no plan.

    `pending_plan_key` waits to be paid, `scheduled_plan_key` for the period's end. `first_failed_at` is when the
    first of the renewals that are open now was found unpayable; None while nothing is overdue. `paid_bills` are
    those of the present period, `attempt` the newest one at the newest open bill; oldest bills come first.
    `method_id` is what its bills are charged to, empty where that is the customer's default; `method_kind` its
    kind, and `method` all of it. `price_cents` is the plan's price, `billed_cents` that times its quantity, and
    `scheduled_price_id` the price that a schedule has for the period's end. The overage item, if there is one,
    bills usage beside it. `payment_failed` says that Stripe paused it because a payment failed, `paused_at` since
    when it is paused for any other reason, or its bills are not collected (`collection_paused`). `held_back` says
    why the present month is not paid, and is empty where it is, or can still be: by a bill that is void, written
    off or not final (`held_back_by`), or on trial at Stripe.
    """

    subscription_id: str
    customer_id: str
    status: str
    item_id: str
    price_id: str
    price_cents: int | None
    billed_cents: int | None
    plan_key: str
    anchor_at: datetime
    period_starts_at: datetime
    period_ends_at: datetime
    cancels_at: datetime | None
    ended_at: datetime | None
    schedule_id: str
    scheduled_plan_key: str
    scheduled_price_id: str
    pending_plan_key: str
    open_invoices: tuple[InvoiceSnapshot, ...]
    paid_bills: tuple[InvoiceSnapshot, ...]
    attempt: PaymentAttempt | None
    first_failed_at: datetime | None
    overage_item_id: str
    overage_price_id: str
    overage_token_price: Decimal | None
    method_id: str = ""
    method_kind: str = ""
    method: MethodSnapshot | None = None
    payment_failed: bool = False
    paused_at: datetime | None = None
    collection_paused: bool = False
    held_back: str = ""
    held_back_by: str = ""
    cancel_reason: str = ""

    @property
    def quantity(self) -> int:
        """Return how many of the plan are billed."""
        return (self.billed_cents or 0) // (self.price_cents or 1) or 1

    @property
    def is_live(self) -> bool:
        """Return True if it is paid for, or was and is overdue or paused now."""
        return self.status in ("active", "trialing", PAUSED, *OVERDUE)

    @property
    def is_overdue(self) -> bool:
        """Return True if a renewal is unpaid."""
        return self.status in OVERDUE or self.payment_failed

    @property
    def is_over(self) -> bool:
        """Return True if it has ended for good."""
        return self.status in OVER

    @property
    def is_unpaid(self) -> bool:
        """Return True if its very first bill is open: a debit is on its way, or did not arrive."""
        return any(bill.reason == "subscription_create" for bill in self.open_invoices)

    @property
    def is_processing(self) -> bool:
        """Return True if the money for the newest open bill is on its way."""
        return self.attempt is not None and self.attempt.processing


@dataclass(frozen=True)
class CheckoutSnapshot:
    """A visit to the pay page, with the payment or the subscription it led to."""

    session_id: str
    customer_id: str
    status: str
    payment_status: str
    order_id: UUID | None
    payment: PaymentSnapshot | None
    subscription: SubscriptionSnapshot | None


@dataclass(frozen=True)
class CustomerSnapshot:
    """A customer's saved payment method, None when there is none, and what stands on its bills.

    Nothing of it without a customer, and once it is `deleted`.
    """

    customer_id: str
    method: MethodSnapshot | None
    name: str = ""
    email: str = ""
    address: str = ""
    tax_ids: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class Contact:
    """A customer whose bills go to the address that was asked for."""

    customer_id: str
    organization_id: UUID


@dataclass(frozen=True)
class Quote:
    """What a change costs now, and what it is made of; `tax` is in `due_now`, beside the lines."""

    due_now: Decimal
    currency: str
    lines: tuple[tuple[str, Decimal], ...]
    tax: Decimal = Decimal(0)


@dataclass(frozen=True)
class EventSnapshot:
    """One event of the list of events, with its body."""

    event_id: str
    type: str
    created_at: datetime
    object_id: str
    body: dict[str, object]
