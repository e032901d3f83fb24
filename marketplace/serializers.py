"""What the API takes and gives for purchases and the subscription."""

from rest_framework import serializers

from marketplace.models import OrderStatus
from saas.web.api.fields import TextField
from saas.web.api.resources import StrictSerializer


class PurchaseBody(StrictSerializer):
    """A pack to buy."""

    pack = TextField(max_length=40)


class PurchaseShape(serializers.Serializer[object]):
    """A purchase. Send a person to `checkout_url` where there is one; tokens come when it is `paid`."""

    id = serializers.UUIDField()
    pack = serializers.CharField()
    tokens = serializers.IntegerField()
    price = serializers.CharField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    checkout_url = serializers.CharField(allow_null=True)
    refunded = serializers.CharField()
    receipt_url = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)


class PlanBody(StrictSerializer):
    """A plan to look at."""

    plan = TextField(max_length=40)


class ChangeBody(PlanBody):
    """A plan to change to; `at` of the preview makes it cost what the preview said."""

    at = serializers.DateTimeField(required=False)


class LineShape(serializers.Serializer[object]):
    """A part of what a change costs."""

    text = serializers.CharField()
    amount = serializers.CharField()


class PreviewShape(serializers.Serializer[object]):
    """A change before it is made, in money and tokens."""

    current_plan = serializers.CharField()
    plan = serializers.CharField()
    effective_at = serializers.DateTimeField()
    immediate = serializers.BooleanField()
    due_now = serializers.CharField()
    monthly_price = serializers.CharField()
    currency = serializers.CharField()
    lines = LineShape(many=True)
    tokens_now = serializers.IntegerField()
    monthly_tokens = serializers.IntegerField()
    at = serializers.DateTimeField()


class OutcomeShape(serializers.Serializer[object]):
    """What became of the wish; send a person to `url` where the change is to be paid."""

    status = serializers.ChoiceField(
        choices=[(status, status) for status in ("applied", "scheduled", "unchanged", "pay")]
    )
    plan = serializers.CharField()
    effective_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(allow_null=True)
