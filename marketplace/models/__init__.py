"""The tables of payments. Every row has its billing mode, and a Stripe id is unique within its mode."""

from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from marketplace.models.cancelling import CancelReason
from marketplace.models.gifts import Gift, GiftKind, GiftStatus  # noqa: F401
from marketplace.models.invoices import CreditNote, Invoice  # noqa: F401
from marketplace.models.modes import BilledModel, BillingMode, PresentModeManager, present_mode
from marketplace.models.overage import Overage as Overage
from marketplace.models.overage import OverageUse as OverageUse
from marketplace.models.overage import UseStatus as UseStatus
from marketplace.models.reminders import BillReminder as BillReminder
from marketplace.models.reminders import ReminderKind as ReminderKind
from saas.accounts.models import User
from saas.kernel.ids import uuid7
from saas.kernel.isolation import TenantForeignKey

DEBITS = ("us_bank_account", "sepa_debit")
"""Ways to pay whose money takes days to come; see Note [Debits] in `marketplace.stripe.gateway.methods`."""


def name_of_method(*, kind: str, brand: str, last4: str) -> str:
    """Return a payment method as people know it, such as "Visa ending in 4242"."""
    if kind == "link":
        return "Link"
    names = {"us_bank_account": "Bank account", "sepa_debit": "SEPA debit"}
    return f"{names.get(kind) or brand.title()} ending in {last4}"


class Customer(BilledModel):
    """The organization's customer at Stripe: its saved payment method, and the name, address and tax ids on its bills.

    `method_kind` is Stripe's type of the method, empty where it was not read yet: a card; `card_brand` is the bank's
    name for a debit. `method_is_default`: the customer chose it for all that is billed; None where it was not read yet.
    `default_changed`: they chose it since, and the plan is still charged to another.

    `version` counts how often snapshots from Stripe were applied; see Note [Apply if unchanged] in
    `marketplace.stripe.concurrency`. `sent_name` and the hash of an address are what Stripe was told last as the name
    and address of the bills; see `marketplace.stripe.contacts`. From `compare_at` on it is to be compared with Stripe.
    `former_ids` are the customers before it, which somebody deleted at Stripe: late events are still about them.
    """

    customer_id = models.CharField(max_length=255, null=True)
    version = models.PositiveBigIntegerField(default=0)
    former_ids = models.JSONField(default=list, db_default=[], blank=True)
    payment_method_id = models.CharField(max_length=255, blank=True)
    card_brand = models.CharField(max_length=40, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    card_expires = models.CharField(max_length=7, blank=True)
    method_kind = models.CharField(max_length=40, blank=True, db_default="")
    method_is_default = models.BooleanField(null=True)
    default_changed = models.BooleanField(default=False, db_default=False)
    billing_name = models.CharField(max_length=500, blank=True, db_default="")
    billing_address = models.TextField(blank=True, db_default="")
    billing_tax_ids = models.TextField(blank=True, db_default="")
    sent_name = models.CharField(max_length=500, blank=True, db_default="")
    sent_email_hash = models.BinaryField(null=True, editable=False)
    compare_at = models.DateTimeField(db_default=Now(), editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["mode", "compare_at"], name="customer_to_compare")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "mode"], name="customer_once"),
            models.UniqueConstraint(fields=["mode", "customer_id"], name="customer_id_once"),
        ]

    def __str__(self) -> str:
        return self.customer_id or "not at Stripe yet"

    @property
    def method_name(self) -> str:
        """Return the saved payment method as people know it, or nothing."""
        if not self.payment_method_id:
            return ""
        return name_of_method(kind=self.method_kind, brand=self.card_brand, last4=self.card_last4)

    @property
    def pays_in_days(self) -> bool:
        """Return True if the money of the saved method takes days to come."""
        return self.method_kind in DEBITS


class OrderStatus(models.TextChoices):
    """The status of an order. `processing`: Stripe has it, the money is on its way."""

    PENDING = "pending"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class OrderMethod(models.TextChoices):
    """How the latest attempt is paid: an invoice by the saved card at once, or on Stripe's pay page.

    `card`: charged without an invoice, by the release before.
    """

    CARD = "card"
    INVOICE = "invoice"
    CHECKOUT = "checkout"


class Origin(models.TextChoices):
    """Whether a person ordered the pack, or the auto top-up."""

    PERSON = "person"
    TOPUP = "topup"


OPEN = (OrderStatus.PENDING, OrderStatus.PROCESSING)


class PackOrder(BilledModel):
    """The intention to buy one pack, or as many as an auto top-up needs, at the price of that moment.

    `pack_name`, `tokens` and `amount` are those of all `quantity` packs together.

    An attempt's Stripe call is made from this row alone, so that it can be repeated word by word under the
    same idempotency key when its outcome is unknown.
    """

    origin = models.CharField(max_length=6, choices=Origin, default=Origin.PERSON)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    request_key = models.CharField(max_length=255, null=True)
    price_book_version = models.PositiveIntegerField()
    pack_key = models.SlugField(max_length=40)
    pack_name = models.CharField(max_length=80)
    quantity = models.PositiveSmallIntegerField(default=1, db_default=1)
    tokens = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="usd")
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)
    method = models.CharField(max_length=8, choices=OrderMethod, blank=True)
    payment_method_id = models.CharField(max_length=255, blank=True)
    invoice_id = models.CharField(max_length=255, blank=True, db_default="")
    receipt_email = models.EmailField(blank=True)
    checkout_session_id = models.CharField(max_length=255, blank=True)
    checkout_url = models.TextField(blank=True)
    failure_code = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    attempted_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "marketplace_order"
        indexes = [models.Index(fields=["attempted_at"], name="order_open", condition=Q(status__in=OPEN))]
        constraints = [
            models.UniqueConstraint(fields=["organization", "request_key"], name="order_request_once"),
            models.UniqueConstraint(
                fields=["organization"], name="topup_one_in_flight", condition=Q(origin=Origin.TOPUP, status__in=OPEN)
            ),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(condition=Q(amount__gt=0, tokens__gt=0), name="order_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.pack_name} for {self.amount} {self.currency.upper()}"

    @property
    def cents(self) -> int:
        """Return the price in the currency's smallest unit."""
        return int(self.amount * 100)

    @property
    def idempotency_key(self) -> str:
        """Return the key of the present attempt: the same one repeats it, a new attempt has a new one."""
        return f"order:{self.id}:{self.attempt}"


class Payment(BilledModel):
    """One payment intent's totals, in cents, as last read from Stripe.

    Of a pack that a credit paid in full `payment_intent_id` is the invoice's id: nothing was charged.
    `business_key` names the bucket whose tokens it paid for, `plan_key` the plan where it is no pack. `reversed`
    money is refunded, or withdrawn for a dispute and not given back. `tax_cents` is the tax within what was paid,
    `dispute_fee_cents` what Stripe keeps for its disputes.
    """

    payment_intent_id = models.CharField(max_length=255)
    charge_id = models.CharField(max_length=255, blank=True)
    order = TenantForeignKey(PackOrder, on_delete=models.PROTECT, null=True, related_name="payments")
    plan_key = models.SlugField(max_length=40, blank=True)
    business_key = models.CharField(max_length=200)
    tokens = models.PositiveIntegerField()
    paid_cents = models.PositiveIntegerField()
    tax_cents = models.PositiveIntegerField(default=0, db_default=0)
    reversed_cents = models.PositiveIntegerField(default=0)
    clawed_tokens = models.PositiveIntegerField(default=0)
    dispute_fee_cents = models.PositiveIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3)
    disputed = models.BooleanField(default=False)
    receipt_url = models.TextField(blank=True)
    paid_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mode", "payment_intent_id"], name="payment_once"),
            models.CheckConstraint(condition=Q(reversed_cents__lte=F("paid_cents")), name="payment_reversed_at_most"),
        ]

    def __str__(self) -> str:
        return self.payment_intent_id

    @property
    def amount(self) -> Decimal:
        """Return what was paid."""
        return Decimal(self.paid_cents) / 100

    @property
    def reversed_amount(self) -> Decimal:
        """Return what was paid and taken back."""
        return Decimal(self.reversed_cents) / 100

    @property
    def dispute_fee(self) -> Decimal:
        """Return what Stripe keeps for the payment's disputes."""
        return Decimal(self.dispute_fee_cents) / 100


class StripeSubscription(BilledModel):
    """A subscription at Stripe as last read; only its plan item's price decides the plan.

    `billed_cents` is what its plan costs a month, for all of its quantity; null in rows from before it was stored.
    `plan_subscription_id` is the plan it began here. Of the newest open bill, `open_invoice_cents` is what is still
    to be paid (null where it was not stored yet), `tried_card` the card that was charged last, and `needs_customer`
    says that its bank wants the customer to confirm. `duplicate` marks one
    that was paid beside another, or for a closed organization: it is cancelled and refunded, and gives nothing.
    `ended_unpaid` says that a renewal was overdue when it ended; false in rows that ended before it was stored.
    Its bills are charged to `method_id`, empty where that is the customer's default. `processing_at` is when the money
    for the newest open bill was seen on its way; `first_bill_open` that the first bill is not paid, so nothing began.
    `anchor_at` is when it began, its period that before a pause. `held_back` says why the present month is not paid,
    where nobody will have paid it, and `held_back_by` by which bill. `cancel_reason` is what who cancelled it chose.
    """

    subscription_id = models.CharField(max_length=255)
    item_id = models.CharField(max_length=255)
    price_id = models.CharField(max_length=255)
    billed_cents = models.PositiveIntegerField(null=True)
    plan_subscription_id = models.UUIDField(null=True)
    plan_key = models.SlugField(max_length=40)
    status = models.CharField(max_length=40)
    anchor_at = models.DateTimeField()
    period_starts_at = models.DateTimeField()
    period_ends_at = models.DateTimeField()
    cancels_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=40, blank=True, db_default="", choices=CancelReason)
    schedule_id = models.CharField(max_length=255, blank=True)
    scheduled_plan_key = models.SlugField(max_length=40, blank=True)
    pending_plan_key = models.SlugField(max_length=40, blank=True)
    open_invoice_id = models.CharField(max_length=255, blank=True)
    open_invoice_url = models.TextField(blank=True)
    open_invoice_cents = models.PositiveBigIntegerField(null=True)
    tried_card = models.CharField(max_length=255, blank=True)
    needs_customer = models.BooleanField(default=False)
    past_due_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    quantity = models.PositiveIntegerField(db_default=1)
    held_back = models.CharField(max_length=20, blank=True, db_default="")
    held_back_by = models.CharField(max_length=255, blank=True, db_default="")
    overage_item_id = models.CharField(max_length=255, blank=True)
    duplicate = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    ended_unpaid = models.BooleanField(default=False, db_default=False)
    method_id = models.CharField(max_length=255, blank=True, db_default="")
    method_kind = models.CharField(max_length=40, blank=True, db_default="")
    processing_at = models.DateTimeField(null=True)
    first_bill_open = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "marketplace_paidsubscription"
        verbose_name = "Stripe subscription"
        constraints = [
            models.UniqueConstraint(fields=["mode", "subscription_id"], name="paid_subscription_id_once"),
            models.UniqueConstraint(
                fields=["organization", "mode"],
                name="paid_subscription_one_live",
                condition=Q(ended_at=None, duplicate=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_key}: {self.status}"

    @property
    def owed_amount(self) -> Decimal | None:
        """Return what is to be paid on the open bill, in dollars; None where there is none."""
        return None if self.open_invoice_cents is None else Decimal(self.open_invoice_cents) / 100


class TopUp(BilledModel):
    """Buy this pack whenever fewer than `below_tokens` are available, up to a sum of money a month.

    `stopped_reason` is why it stopped itself; a person turns it on again. After declines it waits until `retry_at`.
    """

    enabled = models.BooleanField(default=False)
    pack_key = models.SlugField(max_length=40)
    below_tokens = models.PositiveIntegerField()
    monthly_cap = models.DecimalField(max_digits=12, decimal_places=2)
    declines = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    stopped_reason = models.CharField(max_length=200, blank=True)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "mode"], name="topup_once")]

    def __str__(self) -> str:
        return f"{self.pack_key} below {self.below_tokens}"


class EventStatus(models.TextChoices):
    """The status of an event. `parked`: it failed too often and waits for a person."""

    RECEIVED = "received"
    DONE = "done"
    IGNORED = "ignored"
    PARKED = "parked"


class StripeEvent(models.Model):
    """An event that Stripe sent, saved before it is handled. It belongs to the system, not to one organization."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mode = models.CharField(max_length=7, choices=BillingMode, default=present_mode)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(help_text="When it happened at Stripe.")
    payload = models.JSONField()
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    status = models.CharField(max_length=8, choices=EventStatus, default=EventStatus.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(db_default=Now())
    error = models.TextField(blank=True)
    processed_at = models.DateTimeField(null=True)

    of_all_modes: ClassVar[models.Manager[Self]] = models.Manager()
    objects: ClassVar[PresentModeManager[Self]] = PresentModeManager()

    class Meta:
        db_table = "marketplace_stripe_event"
        indexes = [
            models.Index(fields=["retry_at"], name="stripe_event_waiting", condition=Q(status=EventStatus.RECEIVED)),
            models.Index(fields=["type", "object_id"], name="stripe_event_of_object"),
        ]
        constraints = [models.UniqueConstraint(fields=["mode", "event_id"], name="stripe_event_once")]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class EventCursor(models.Model):
    """Up to when the events that Stripe lists were read by the catch-up, one row a mode."""

    mode = models.CharField(primary_key=True, max_length=7, choices=BillingMode, default=present_mode)
    read_until = models.DateTimeField()

    class Meta:
        db_table = "marketplace_event_cursor"

    def __str__(self) -> str:
        return f"{self.mode}: {self.read_until:%Y-%m-%d %H:%M:%S}"
