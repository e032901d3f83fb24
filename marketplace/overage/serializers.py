"""What the API takes and gives for overage."""

from rest_framework import serializers

from saas.web.api.fields import FlagField, MoneyField
from saas.web.api.resources import StrictSerializer


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
