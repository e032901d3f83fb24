"""What the API takes and gives for purchases and the subscription."""

from typing import ClassVar

from rest_framework import serializers

from marketplace.models import OrderStatus
from saas.web.api.fields import FlagField, InstantField, MoneyField, TextField
from saas.web.api.resources import StrictSerializer


class PurchaseBody(StrictSerializer):
    """A pack to buy."""

    example: ClassVar = {"pack": "pack_500"}

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

    example: ClassVar = {"plan": "enterprise"}

    plan = TextField(max_length=40)


class ChangeBody(PlanBody):
    """A plan to change to; `at` of the preview makes it cost what the preview said."""

    at = InstantField(required=False)


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


class OverageBody(StrictSerializer):
    """What to pay at most in a billing period for tokens beyond all others, in dollars; needed to turn it on."""

    enabled = FlagField()
    monthly_cap = MoneyField(required=False)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Ask for the cap where overage is turned on."""
        if attrs["enabled"] and "monthly_cap" not in attrs:
            raise serializers.ValidationError({"monthly_cap": 'Say what you want to pay at most, like "100.00".'})
        return attrs


class OverageShape(serializers.Serializer[object]):
    """Overage in the present billing period. `amount` is what `tokens_used` cost so far; nothing passes the cap.

    `token_price` is null where the plan sells none. `stopped_reason` is why it turned itself off.
    """

    enabled = serializers.BooleanField()
    monthly_cap = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    token_price = serializers.CharField(allow_null=True)
    tokens_cap = serializers.IntegerField()
    tokens_used = serializers.IntegerField()
    tokens_held = serializers.IntegerField()
    tokens_left = serializers.IntegerField()
    amount = serializers.CharField()
    period_ends_at = serializers.DateTimeField(allow_null=True)
    stopped_reason = serializers.CharField(allow_null=True)
