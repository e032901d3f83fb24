"""What the API takes and gives for webhooks."""

from typing import Any, ClassVar

from rest_framework import serializers

from saas.web.api.cursors import PageParameters
from saas.web.api.fields import CountField, FlagField, IdField, InstantField, TextField
from saas.web.api.resources import EXACTLY_ONE, StrictSerializer
from saas.webhooks.actions import OVERLAP_HOURS, OVERLAP_HOURS_MAX
from saas.webhooks.addresses import URL_CHARACTERS_MAX
from saas.webhooks.models import EVERYTHING, DeliveryStatus, DisabledReason
from saas.webhooks.published import PUBLISHED

KINDS = [(EVERYTHING, "every event"), *((kind, published.when) for kind, published in PUBLISHED.items())]


class KindField(serializers.ChoiceField):
    """A kind of event, or "*"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=KINDS, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the kind; lists and numbers are none."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return str(super().to_internal_value(data))


class UrlField(serializers.CharField):
    """Where events go; the action judges the address."""

    pattern = "^https://[!-~]+$"

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=URL_CHARACTERS_MAX, trim_whitespace=False, **options)


class EndpointBody(StrictSerializer):
    """A new endpoint."""

    example: ClassVar = {"url": "https://example.com/milepost", "events": ["hold.settled", "goal.updated"]}

    url = UrlField()
    events = serializers.ListField(child=KindField(), min_length=1, max_length=len(KINDS), default=[EVERYTHING])
    description = TextField(max_length=200, allow_blank=True, default="")


class EndpointChanges(StrictSerializer):
    """What to change of an endpoint."""

    url = UrlField(required=False)
    events = serializers.ListField(child=KindField(), min_length=1, max_length=len(KINDS), required=False)
    description = TextField(max_length=200, allow_blank=True, required=False)
    enabled = FlagField(required=False)


class SecretRotationBody(StrictSerializer):
    """How long the old secret signs beside the new one."""

    overlap_hours = CountField(min_value=0, max_value=OVERLAP_HOURS_MAX, default=OVERLAP_HOURS)


class RedeliveryBody(StrictSerializer):
    """What to send again: one delivery, or everything since an instant."""

    rules: ClassVar = EXACTLY_ONE

    delivery = IdField(required=False)
    since = InstantField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take one of them."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Send either `delivery` or `since`.")
        return attrs


class DeliveryParameters(PageParameters):
    """Which deliveries."""

    status = serializers.ChoiceField(choices=DeliveryStatus.choices, required=False)


class EndpointShape(serializers.Serializer[object]):
    """An address that gets events."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField(allow_blank=True)
    enabled = serializers.BooleanField()
    disabled_because = serializers.ChoiceField(choices=DisabledReason.choices, allow_null=True)
    disabled_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewEndpointShape(EndpointShape):
    """An endpoint with its secret, which is shown this once."""

    secret = serializers.CharField()


class NewSecretShape(serializers.Serializer[object]):
    """A secret, which is shown this once, and when the one before stops signing."""

    secret = serializers.CharField()
    previous_ends_at = serializers.DateTimeField()


class AttemptShape(serializers.Serializer[object]):
    """One call: what was answered, or why nobody did."""

    at = serializers.DateTimeField()
    milliseconds = serializers.IntegerField()
    status_code = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_blank=True)


class DeliveryShape(serializers.Serializer[object]):
    """One event for one endpoint, and what became of it."""

    id = serializers.UUIDField()
    message_id = serializers.CharField()
    type = serializers.CharField()
    sequence = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(choices=DeliveryStatus.choices)
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    payload = serializers.JSONField()
    attempts = AttemptShape(many=True)


class RedeliveryShape(serializers.Serializer[object]):
    """How many deliveries are on their way again."""

    redelivered = serializers.IntegerField()
