"""What the API takes and gives for plans."""

from typing import ClassVar

from rest_framework import serializers

from marketplace.models.cancelling import CancelReason
from saas.web.api.fields import InstantField, TextField
from saas.web.api.resources import StrictSerializer


class PlanBody(StrictSerializer):
    """A plan to look at."""

    example: ClassVar = {"plan": "enterprise"}

    plan = TextField(max_length=40)


class ChangeBody(PlanBody):
    """A plan to change to; `at` of the preview makes it cost what the preview said."""

    at = InstantField(required=False)


class CancelBody(StrictSerializer):
    """Why the plan is left, if somebody says."""

    example: ClassVar = {"reason": "unused"}

    reason = serializers.ChoiceField(choices=CancelReason.choices, required=False)


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
