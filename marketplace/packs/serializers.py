"""What the API takes and gives for purchases."""

from typing import ClassVar

from rest_framework import serializers

from marketplace.models import OrderStatus
from saas.web.api.fields import TextField
from saas.web.api.resources import StrictSerializer


class PurchaseBody(StrictSerializer):
    """A pack to buy."""

    example: ClassVar = {"pack": "pack_500"}

    pack = TextField(max_length=40)


class PurchaseShape(serializers.Serializer[object]):
    """A purchase. Send a person to `checkout_url` where there is one; tokens come when it is `paid`."""

    id = serializers.UUIDField()
    pack = serializers.CharField()
    tokens = serializers.IntegerField()
    price = serializers.CharField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    checkout_url = serializers.CharField(allow_null=True)
    refunded = serializers.CharField()
    receipt_url = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
