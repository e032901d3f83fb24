"""What the API takes and gives about metering."""

from typing import ClassVar

from rest_framework import serializers

from saas.metering.operations import OPERATIONS
from saas.web.api.fields import CountField, TextField
from saas.web.api.resources import StrictSerializer
from tokens.serializers import HoldShape


class TokensCharged(serializers.Serializer[object]):
    """What an operation cost, and the balance after it."""

    charged = serializers.IntegerField()
    available = serializers.IntegerField()
    held = serializers.IntegerField()
    transaction_id = serializers.UUIDField()


class EstimateBody(StrictSerializer):
    """An operation whose price is asked."""

    example: ClassVar = {"operation": "quest", "count": 2}

    operation = serializers.ChoiceField(choices=sorted(OPERATIONS))
    count = CountField(min_value=1, max_value=3, default=1)


class EstimateShape(serializers.Serializer[object]):
    """What an operation would cost now, and whether it would be held."""

    operation = serializers.CharField()
    count = serializers.IntegerField()
    tokens = serializers.IntegerField()
    available = serializers.IntegerField()
    allowed = serializers.BooleanField()
    code = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)


class HoldBody(StrictSerializer):
    """Tokens to reserve for an integrator's own AI."""

    example: ClassVar = {"amount": 5, "purpose": "summarize a contract"}

    amount = CountField(min_value=1, max_value=2**31 - 1)
    purpose = TextField(max_length=60)


class HoldAfterShape(HoldShape):
    """A hold after what was done with it, and the balance."""

    tokens_after = TokensCharged()


class ExtendBody(StrictSerializer):
    """How much longer an AI call may take, in seconds from now."""

    example: ClassVar = {"seconds": 300}

    seconds = CountField(min_value=1, max_value=3600)


class SettleBody(StrictSerializer):
    """What was delivered."""

    example: ClassVar = {"amount": 4}

    amount = CountField(min_value=0, max_value=2**31 - 1)
