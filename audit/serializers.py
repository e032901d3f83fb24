"""What the API takes and gives about the stream."""

from typing import Any

from rest_framework import serializers

from audit.events import KINDS
from saas.web.api.cursors import SequenceParameters
from saas.web.api.fields import CountParameter, IdField, InstantField
from saas.web.api.resources import StrictSerializer

PROOF_EVENTS_DEFAULT, PROOF_EVENTS_MAX = 500, 1_000


class EventFilters(StrictSerializer):
    """Which events: of one kind, of one person, in from <= t < to."""

    kind = serializers.ChoiceField(choices=sorted(KINDS), required=False)
    actor = IdField(required=False)
    to = InstantField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with `from`, which no attribute can be called."""
        return {**super().get_fields(), "from": InstantField(required=False)}


class EventParameters(EventFilters, SequenceParameters):
    """Which events, and how many of them."""


class ActorShape(serializers.Serializer[object]):
    """Who did it: a user, staff, an API key (`name` is its id) or the system."""

    kind = serializers.CharField()
    user_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    request_id = serializers.CharField(allow_null=True)


class EventShape(serializers.Serializer[object]):
    """What happened, who did it and why."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    kind = serializers.CharField()
    created_at = serializers.DateTimeField()
    actor = ActorShape()
    reason = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]
    hash = serializers.CharField()


class ProofParameters(SequenceParameters):
    """A piece of the chain, from its beginning on."""

    limit = CountParameter(min_value=1, max_value=PROOF_EVENTS_MAX, default=PROOF_EVENTS_DEFAULT)


class ProvenEventShape(serializers.Serializer[object]):
    """An event's exact text, and sha256(the hash before it + the text)."""

    seq = serializers.IntegerField()
    event = serializers.CharField()
    hash = serializers.CharField()


class CheckpointShape(serializers.Serializer[object]):
    """How long the chain was and its hash, at an instant: a JSON text with its Ed25519 signature, in hex."""

    text = serializers.CharField()
    signature = serializers.CharField()
    public_key = serializers.CharField()
    key = serializers.CharField()


class ProofShape(serializers.Serializer[object]):
    """Events, oldest first, the newest checkpoint of the whole chain, and what the chain begins from, if not whole."""

    data = ProvenEventShape(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField(allow_null=True)
    opening = CheckpointShape(allow_null=True)
    checkpoint = CheckpointShape(allow_null=True)
