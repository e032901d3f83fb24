"""What clients pull and push."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from quests.models import ConflictResolution, RecordType, SyncConflict
from quests.serializers import (
    GoalBody,
    GoalChanges,
    GoalShape,
    QuestChanges,
    QuestShape,
    RevenueBody,
    RevenueChanges,
    RevenueShape,
)
from quests.sync.actions import Pushed
from saas.web.api.cursors import SEQUENCE_CURSOR, CursorField, PageParameters
from saas.web.api.documentation import ErrorShape
from saas.web.api.fields import CountField, CountParameter, FlagField, IdField
from saas.web.api.resources import StrictSerializer, validated

CHANGES_MAX = 500
"""How many changes are pulled or pushed at once."""

VERSION_MAX = 2**31 - 1

BODIES: dict[str, type[StrictSerializer]] = {RecordType.GOAL: GoalBody, RecordType.REVENUE_ENTRY: RevenueBody}
CHANGES: dict[str, type[StrictSerializer]] = {
    RecordType.GOAL: GoalChanges,
    RecordType.QUEST: QuestChanges,
    RecordType.REVENUE_ENTRY: RevenueChanges,
}
"""What a record's own resource takes: a new one, and changes of one."""


class HolderField(serializers.CharField):
    """Whose copy it is, the person's id and the organization's with a dot between: another's session is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=1, max_length=80, trim_whitespace=False, required=False, **options)


class PullParameters(StrictSerializer):
    """From where, how much, and for whom."""

    cursor = CursorField(SEQUENCE_CURSOR)
    limit = CountParameter(min_value=1, max_value=CHANGES_MAX, default=CHANGES_MAX)
    holder = HolderField()


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


class PushedChangeBody(StrictSerializer):
    """A change to push: `data` as the record's own resource takes it, or `deleted`."""

    client_change_id = serializers.RegexField(r"^[!-~]{1,64}\Z", trim_whitespace=False)
    type = serializers.ChoiceField(choices=RecordType.choices)
    id = IdField()
    base_version = CountField(min_value=0, max_value=VERSION_MAX)
    data = serializers.DictField(required=False)  # type: ignore[assignment]
    deleted = FlagField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take one or the other."""
        if ("data" in attrs) == attrs.get("deleted", False):
            raise serializers.ValidationError("Send `data`, or `deleted` as true.")
        return attrs


class PushBody(StrictSerializer):
    """Changes to push, each judged by itself."""

    changes = serializers.ListField(max_length=CHANGES_MAX)
    holder = HolderField()


class PushRequest(StrictSerializer):
    """Changes to push, as documented."""

    changes = PushedChangeBody(many=True)
    holder = HolderField()


class ResultShape(serializers.Serializer[object]):
    """What became of one change, in the order they were sent."""

    client_change_id = serializers.CharField(allow_null=True)
    type = serializers.CharField(allow_null=True)
    id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=["applied", "conflict", "invalid", "not_found"])
    version = serializers.IntegerField(required=False)
    conflict = serializers.UUIDField(required=False)
    server = RecordField(required=False, allow_null=True)
    yours = serializers.DictField(required=False, allow_null=True)
    errors = ErrorShape(many=True, required=False)  # type: ignore[assignment]


class PushShape(serializers.Serializer[object]):
    """What became of each change."""

    results = ResultShape(many=True)


class ConflictParameters(PageParameters):
    """Which conflicts."""

    status = serializers.ChoiceField(choices=["open", "resolved"], required=False)


class ConflictShape(serializers.Serializer[object]):
    """Two edits of one version: `yours` was pushed (null deletes), `server` was here (null is gone)."""

    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=RecordType.choices)
    record = serializers.UUIDField()
    client_change_id = serializers.CharField()
    base_version = serializers.IntegerField()
    yours = serializers.DictField(allow_null=True)
    server = RecordField(allow_null=True)
    now = RecordField(allow_null=True)
    status = serializers.ChoiceField(choices=["open", "resolved"])
    kept = serializers.ChoiceField(choices=ConflictResolution.choices, allow_null=True)
    created_by = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class ResolveBody(StrictSerializer):
    """Whose edit to keep."""

    keep = serializers.ChoiceField(choices=ConflictResolution.choices)


def pushed(item: Any) -> Pushed:
    """Return one change of a push; raise Invalid with what is wrong."""
    sent = validated(PushedChangeBody(data=item))
    sent.pop("deleted", None)
    data = sent.pop("data", None)
    change = Pushed(**sent, data=data)
    return change if data is None else Pushed(**sent, data=data, fields=_fields(change, data))


def _fields(change: Pushed, data: dict[str, Any]) -> dict[str, Any]:
    if change.base_version == 0 and change.type in BODIES:
        return validated(BODIES[change.type](data=data), under=("data",))
    return validated(CHANGES[change.type](data=data, partial=change.type != RecordType.QUEST), under=("data",))


def fields_of(conflict: SyncConflict) -> dict[str, Any]:
    """Return the values of a conflict's pushed edit, as far as the record can take them now; raise Invalid."""
    changes = CHANGES[conflict.type]
    data = {name: value for name, value in (conflict.mine or {}).items() if name in changes().fields}
    return validated(changes(data=data, partial=conflict.type != RecordType.QUEST)) if conflict.mine else {}
