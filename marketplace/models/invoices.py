"""The tables of invoices: one row a sale, and the credit notes over it."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from marketplace.models.modes import BilledModel
from saas.kernel.isolation import TenantForeignKey


class Invoice(BilledModel):
    """The invoice of one sale, as Stripe wrote it. Amounts are in the currency's smallest unit.

    `receipt_number` counts the organization's sales and is ours: it is all there is of a sale without an invoice at
    Stripe, whose `invoice_id` is null and `number` empty. `payment` is null where no money moved, as with a coupon of
    100 % or credit. `asked_at` is when Stripe was asked for it last; null in rows that a migration made, until the
    comparison asks. `tax_cents` is a part of `total_cents`, whether it came on top of the prices or was in them.
    """

    receipt_number = models.PositiveIntegerField()
    invoice_id = models.CharField(max_length=255, null=True)
    payment = TenantForeignKey("marketplace.Payment", on_delete=models.PROTECT, null=True, related_name="invoices")
    what = models.CharField(max_length=200)
    number = models.CharField(max_length=100, blank=True)
    total_cents = models.PositiveBigIntegerField()
    tax_cents = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    customer_name = models.CharField(max_length=500, blank=True)
    customer_address = models.TextField(blank=True)
    customer_tax_ids = models.TextField(blank=True)
    hosted_url = models.TextField(blank=True)
    pdf_url = models.TextField(blank=True)
    issued_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mode", "invoice_id"], name="invoice_once"),
            models.UniqueConstraint(fields=["payment"], name="invoice_one_a_payment"),
            models.UniqueConstraint(fields=["organization", "mode", "receipt_number"], name="invoice_receipt_once"),
            models.CheckConstraint(condition=Q(tax_cents__lte=F("total_cents")), name="invoice_tax_at_most"),
        ]

    def __str__(self) -> str:
        return self.shown_number

    @property
    def shown_number(self) -> str:
        """Return the invoice's number, or that of our receipt."""
        return self.number or f"R-{self.receipt_number:05}"

    @property
    def total(self) -> Decimal:
        """Return what the sale cost, tax included."""
        return Decimal(self.total_cents) / 100

    @property
    def tax(self) -> Decimal:
        """Return the tax within the total."""
        return Decimal(self.tax_cents) / 100

    @property
    def refunded(self) -> Decimal:
        """Return what was paid and taken back."""
        return self.payment.reversed_amount if self.payment else Decimal(0)

    @property
    def state(self) -> str:
        """Return `paid`, `disputed`, or `refunded` where nothing is left."""
        if self.payment is None or (not self.payment.reversed_cents and not self.payment.disputed):
            return "paid"
        if self.payment.disputed:
            return "disputed"
        return "refunded" if self.payment.reversed_cents == self.payment.paid_cents else "paid"


class CreditNote(BilledModel):
    """A credit note over an invoice: what of it was given back."""

    invoice = TenantForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    credit_note_id = models.CharField(max_length=255)
    number = models.CharField(max_length=100)
    total_cents = models.PositiveBigIntegerField()
    tax_cents = models.PositiveBigIntegerField(default=0)
    voided = models.BooleanField(default=False)
    pdf_url = models.TextField(blank=True)
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "marketplace_credit_note"
        constraints = [models.UniqueConstraint(fields=["mode", "credit_note_id"], name="credit_note_once")]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Decimal:
        """Return what was credited, tax included."""
        return Decimal(self.total_cents) / 100

    @property
    def tax(self) -> Decimal:
        """Return the tax within the total."""
        return Decimal(self.tax_cents) / 100
