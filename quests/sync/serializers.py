"""What clients pull."""

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from quests.models import RecordType
from quests.serializers import GoalShape, QuestShape, RevenueShape
from saas.web.api.fields import CountParameter
from saas.web.api.resources import StrictSerializer

CHANGES_MAX = 500
"""How many changes are pulled or pushed at once."""


class PullParameters(StrictSerializer):
    """From where, how much, and for whom: `holder` is the person's id and the organization's, with a dot between."""

    cursor = serializers.CharField(max_length=200, required=False)
    limit = CountParameter(min_value=1, max_value=CHANGES_MAX, default=CHANGES_MAX)
    holder = serializers.CharField(max_length=80, required=False)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="SyncRecord",
        serializers=[GoalShape, QuestShape, RevenueShape],
        resource_type_field_name=None,
    )
)
class RecordField(serializers.DictField):
    """A goal, a quest or a revenue entry as its own resource shows it."""


class ChangeShape(serializers.Serializer[object]):
    """A record that changed; `data` is null when it is gone."""

    type = serializers.ChoiceField(choices=RecordType.choices)
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    deleted = serializers.BooleanField()
    data = RecordField(allow_null=True)  # type: ignore[assignment]


class PullShape(serializers.Serializer[object]):
    """Changes in order, and where to go on."""

    changes = ChangeShape(many=True)
    next_cursor = serializers.CharField()
    has_more = serializers.BooleanField()
