"""What the API takes and gives about people, departments, quotas and keys."""

from typing import Any, ClassVar

from rest_framework import serializers

from saas.accounts.keys import SCOPES
from saas.accounts.models import KeyMode, KeyStatus, Role
from saas.team.actions import OVERLAP_HOURS_MAX, TestPaymentResult
from saas.team.actions import TOKENS_MAX as SANDBOX_TOKENS_MAX
from saas.team.models import RequestStatus
from saas.web.api.cursors import PageParameters
from saas.web.api.fields import AddressField, CountField, FlagField, IdField, InstantField, TextField
from saas.web.api.resources import StrictSerializer
from tokens.kinds import QuotaScope

TOKENS_MAX = 2**31 - 1
ASK_MAX = 1_000_000


def chosen(parameters: dict[str, Any], *names: str, **renamed: str) -> dict[str, Any]:
    """Return the filters among the parameters that were given; `renamed` are column=parameter."""
    columns = {**{name: name for name in names}, **renamed}
    return {column: parameters[name] for column, name in columns.items() if name in parameters}


def placing(body: dict[str, Any]) -> dict[str, Any]:
    """Return role and department as the actions take them."""
    if "role" in body:
        body["role"] = Role(body["role"])
    if "department" in body:
        body["department_id"] = body.pop("department")
    return body


class MemberParameters(PageParameters):
    """Which members."""

    role = serializers.ChoiceField(choices=Role.choices, required=False)
    department = IdField(required=False)


class MemberChanges(StrictSerializer):
    """A member's role and department; null takes them out of their department."""

    rules: ClassVar = {"minProperties": 1}

    role = serializers.ChoiceField(choices=Role.choices, required=False)
    department = IdField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of nothing."""
        if not attrs:
            raise serializers.ValidationError("Give a role, a department or both.")
        return attrs


class InvitationBody(StrictSerializer):
    """Somebody to invite."""

    email = AddressField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices, default=Role.MEMBER)
    department = IdField(default=None, allow_null=True)


class SubjectQuotaShape(serializers.Serializer[object]):
    """The quota of a member or department in the present period."""

    id = serializers.UUIDField()
    limit = serializers.IntegerField()
    left = serializers.IntegerField()


class MemberShape(serializers.Serializer[object]):
    """A person in the organization; `user` is who they are in the ledger and in usage."""

    id = serializers.UUIDField()
    user = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    department = serializers.UUIDField(allow_null=True)
    used = serializers.IntegerField(help_text="Tokens in the present period.")
    quota = SubjectQuotaShape(allow_null=True)
    joined_at = serializers.DateTimeField()


class InvitationShape(serializers.Serializer[object]):
    """An invitation that waits to be accepted; its link goes by e-mail only."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    department = serializers.UUIDField(allow_null=True)
    invited_by = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class DepartmentBody(StrictSerializer):
    """A department's name."""

    name = TextField(max_length=80)


class DepartmentShape(serializers.Serializer[object]):
    """A department."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    members = serializers.IntegerField()
    used = serializers.IntegerField(help_text="Tokens in the present period.")
    quota = SubjectQuotaShape(allow_null=True)
    created_at = serializers.DateTimeField()


class QuotaParameters(PageParameters):
    """Which quotas."""

    scope = serializers.ChoiceField(choices=QuotaScope.choices, required=False)


class QuotaChanges(StrictSerializer):
    """The most that may be spent in a period."""

    tokens = CountField(min_value=0, max_value=TOKENS_MAX)


class QuotaBody(QuotaChanges):
    """For whom: the organization, or a `subject`, the id of a department or user."""

    scope = serializers.ChoiceField(choices=QuotaScope.choices)
    subject = IdField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a subject where the scope has one, and none where it has not."""
        if (attrs["scope"] == QuotaScope.ORGANIZATION) == ("subject" in attrs):
            raise serializers.ValidationError({"subject": ["Name a department or user; an organization needs none."]})
        return attrs


class ApiKeyChanges(StrictSerializer):
    """A key's name."""

    name = TextField(max_length=80)


class ApiKeyBody(ApiKeyChanges):
    """A new key; a test key acts for the organization's test organization."""

    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), min_length=1, max_length=len(SCOPES))
    mode = serializers.ChoiceField(choices=KeyMode.choices, default=KeyMode.LIVE)
    expires_at = InstantField(default=None, allow_null=True)
    requests_per_minute = CountField(min_value=1, max_value=600, default=600)


class RotationBody(StrictSerializer):
    """How long the old key works beside the new one."""

    overlap_hours = CountField(min_value=0, max_value=OVERLAP_HOURS_MAX, default=24)


class ApiKeyShape(serializers.Serializer[object]):
    """A key; `hint` is what people recognize it by."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    hint = serializers.CharField()
    mode = serializers.ChoiceField(choices=KeyMode.choices)
    status = serializers.ChoiceField(choices=KeyStatus.choices)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES))
    requests_per_minute = serializers.IntegerField()
    created_by = serializers.UUIDField()
    replaces = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewApiKeyShape(ApiKeyShape):
    """A new key with its secret, shown this once."""

    key = serializers.CharField()


class TokenRequestParameters(PageParameters):
    """Which requests."""

    status = serializers.ChoiceField(choices=RequestStatus.choices, required=False)


class TokenRequestBody(StrictSerializer):
    """How many tokens more, and why."""

    tokens = CountField(min_value=1, max_value=ASK_MAX)
    note = TextField(max_length=500, allow_blank=True, default="")


class AnswerBody(StrictSerializer):
    """What the person is told."""

    note = TextField(max_length=500, allow_blank=True, default="")


class ApprovalBody(AnswerBody):
    """Until the next allowance, or for good."""

    for_good = FlagField(default=False)


class TokenRequestShape(serializers.Serializer[object]):
    """A request that the quota of `scope` and `subject` be raised by `tokens`."""

    id = serializers.UUIDField()
    user = serializers.UUIDField()
    scope = serializers.ChoiceField(choices=QuotaScope.choices)
    subject = serializers.UUIDField()
    tokens = serializers.IntegerField()
    note = serializers.CharField()
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    for_good = serializers.BooleanField()
    answer = serializers.CharField()
    answered_by = serializers.UUIDField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


ADVANCE_SECONDS_MAX = 400 * 86_400


class ClockBody(StrictSerializer):
    """How far to move the test organization's clock: ahead only, up to 400 days at once."""

    advance_seconds = CountField(min_value=1, max_value=ADVANCE_SECONDS_MAX)


class ClockShape(serializers.Serializer[object]):
    """What time it is in the test organization, and how far that is ahead."""

    now = serializers.DateTimeField()
    ahead_seconds = serializers.IntegerField()


class TestTokensBody(StrictSerializer):
    """How many tokens to give."""

    tokens = CountField(min_value=1, max_value=SANDBOX_TOKENS_MAX)


class TestTokensShape(serializers.Serializer[object]):
    """What was given, and the balance after it; debt is repaid first."""

    granted = serializers.IntegerField()
    available = serializers.IntegerField()
    held = serializers.IntegerField()
    debt = serializers.IntegerField()


class TestPaymentBody(StrictSerializer):
    """What becomes of the test organization's renewal."""

    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in TestPaymentResult])
