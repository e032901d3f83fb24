"""What the API takes and gives for gifts."""

from typing import Any, ClassVar

from rest_framework import serializers

from marketplace.models.gifts import GiftKind, GiftStatus
from saas.web.api.cursors import PageParameters
from saas.web.api.fields import CountField, IdField, TextField
from saas.web.api.resources import EXACTLY_ONE, StrictSerializer

TOKENS_MAX = 2**31 - 1


class RecipientAddressField(serializers.EmailField):
    """An e-mail address, in visible ASCII before the domain."""

    def to_internal_value(self, data: Any) -> str:
        """Return the address; nothing but text is one."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class RecipientBody(StrictSerializer):
    """Who is given to: exactly one of them."""

    rules: ClassVar = EXACTLY_ONE

    user = IdField(required=False)
    department = IdField(required=False)
    email = RecipientAddressField(required=False, max_length=254)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse nobody, and more than one."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Name one: a user, a department, or an email address.")
        return attrs


class GiftBody(StrictSerializer):
    """A pack for an address, or tokens for a user or department of the organization."""

    example: ClassVar = {"to": {"email": "friend@example.com"}, "pack": "pack_500", "note": "Happy birthday"}

    to = RecipientBody()
    pack = TextField(max_length=40, required=False)
    tokens = CountField(min_value=1, max_value=TOKENS_MAX, required=False)
    note = TextField(max_length=280, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a pack for a colleague, and tokens for an address."""
        wanted, other = ("pack", "tokens") if "email" in attrs["to"] else ("tokens", "pack")
        problems = {
            **({} if wanted in attrs else {wanted: "Say what is given to this recipient."}),
            **({other: f"This recipient is given `{wanted}`."} if other in attrs else {}),
        }
        if problems:
            raise serializers.ValidationError(problems)
        return attrs


class GiftParameters(PageParameters):
    """Which gifts."""

    status = serializers.ChoiceField(choices=GiftStatus.choices, required=False)
    kind = serializers.ChoiceField(choices=GiftKind.choices, required=False)


class GiftRecipientShape(serializers.Serializer[object]):
    """Who is given to; what does not apply is left out."""

    user = serializers.UUIDField(required=False)
    department = serializers.UUIDField(required=False)
    organization = serializers.UUIDField(required=False)
    email = serializers.EmailField(required=False)
    name = serializers.CharField(required=False)


class GiftShape(serializers.Serializer[object]):
    """A gift given or received. `link` leads to a pack that waits: whoever has it can take the gift."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=GiftKind.choices)
    status = serializers.ChoiceField(choices=GiftStatus.choices)
    tokens = serializers.IntegerField()
    note = serializers.CharField()
    to = GiftRecipientShape()
    pack = serializers.CharField(allow_null=True)
    purchase = serializers.UUIDField(allow_null=True)
    checkout_url = serializers.CharField(allow_null=True)
    link = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Add the field whose name Python reserves."""
        return {**super().get_fields(), "from": serializers.CharField()}
