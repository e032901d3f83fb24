"""What the API takes and gives about the ledger."""

from rest_framework import serializers

from saas.web.api.cursors import PageParameters, SequenceParameters
from saas.web.api.fields import IdField, InstantField
from saas.web.api.resources import StrictSerializer
from tokens.kinds import EntryKind, HoldStatus, QuotaScope, Source


class BalanceParameters(StrictSerializer):
    """Now, or an instant in the past."""

    at = InstantField(required=False)


class BucketShape(serializers.Serializer[object]):
    """A bucket with what is left of it."""

    id = serializers.UUIDField()
    source = serializers.ChoiceField(choices=Source.choices)  # type: ignore[assignment]
    granted = serializers.IntegerField()
    remaining = serializers.IntegerField()
    held = serializers.IntegerField()
    expires_at = serializers.DateTimeField(allow_null=True)
    frozen = serializers.BooleanField()


class RunsOutShape(serializers.Serializer[object]):
    """When the tokens are used up at the pace of the last 14 days, if that is before the reset."""

    p10 = serializers.DateTimeField()
    p50 = serializers.DateTimeField()
    p90 = serializers.DateTimeField()
    driver = serializers.CharField()


class BalanceShape(serializers.Serializer[object]):
    """The token account. With `at`, `available` is what it was then and the rest is null."""

    available = serializers.IntegerField()
    held = serializers.IntegerField(allow_null=True)
    debt = serializers.IntegerField(allow_null=True)
    frozen = serializers.IntegerField(allow_null=True)
    buckets = BucketShape(many=True)
    resets_at = serializers.DateTimeField(allow_null=True)
    runs_out = RunsOutShape(allow_null=True)


class EntryParameters(SequenceParameters):
    """Which lines of the ledger."""

    kind = serializers.ChoiceField(choices=EntryKind.choices, required=False)
    transaction_id = IdField(required=False)


class EntryShape(serializers.Serializer[object]):
    """A line of the ledger. `tokens` is the change of what is available; `held` and `debt` of those."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    tokens = serializers.IntegerField()
    held = serializers.IntegerField()
    debt = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    bucket = serializers.UUIDField(allow_null=True)
    transaction_id = serializers.UUIDField(allow_null=True)
    operation = serializers.CharField(allow_null=True)
    user = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class HoldParameters(PageParameters):
    """Which holds."""

    status = serializers.ChoiceField(choices=HoldStatus.choices, required=False)


class HoldShape(serializers.Serializer[object]):
    """Tokens reserved for one operation of ours, or for the `purpose` of your own AI; null for ours."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=HoldStatus.choices)
    tokens = serializers.IntegerField()
    settled_tokens = serializers.IntegerField()
    operation = serializers.CharField()
    purpose = serializers.CharField(allow_null=True)
    user = serializers.UUIDField()
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class QuotaShape(serializers.Serializer[object]):
    """A quota with what is used and left of it until `resets_at`, and by how much it is raised until then."""

    id = serializers.UUIDField()
    scope = serializers.ChoiceField(choices=QuotaScope.choices)
    subject = serializers.UUIDField()
    limit = serializers.IntegerField()
    raised = serializers.IntegerField()
    used = serializers.IntegerField()
    left = serializers.IntegerField()
    resets_at = serializers.DateTimeField()
