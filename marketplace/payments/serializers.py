"""What the API gives of invoices."""

from rest_framework import serializers

STATES = ("paid", "refunded", "disputed")


class InvoiceCustomerShape(serializers.Serializer[object]):
    """Whom an invoice is made out to, as it stands on it."""

    name = serializers.CharField()
    address = serializers.CharField()
    tax_ids = serializers.CharField()


class CreditNoteShape(serializers.Serializer[object]):
    """A credit note over an invoice."""

    number = serializers.CharField()
    total = serializers.CharField()
    tax = serializers.CharField()
    pdf_url = serializers.CharField(allow_null=True)
    issued_at = serializers.DateTimeField()


class InvoiceShape(serializers.Serializer[object]):
    """A sale with its invoice. `tax` is within `total`. Links to documents run out; these are those of the last look.

    A sale that Stripe wrote no invoice for has a receipt number of ours as `number`, and no `pdf_url`.
    """

    id = serializers.UUIDField()
    number = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(choices=STATES)
    total = serializers.CharField()
    tax = serializers.CharField()
    refunded = serializers.CharField()
    currency = serializers.CharField()
    customer = InvoiceCustomerShape()
    purchase = serializers.UUIDField(allow_null=True)
    pdf_url = serializers.CharField(allow_null=True)
    receipt_url = serializers.CharField(allow_null=True)
    credit_notes = CreditNoteShape(many=True)
    issued_at = serializers.DateTimeField()
