"""REST resources of the price book: what is sold, at which price."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from plans.price_book import Plan
from plans.queries import current_book
from saas.web.api.cursors import whole
from saas.web.api.documentation import documented
from saas.web.api.resources import Resource


class PlanShape(serializers.Serializer[object]):
    """A plan at its monthly price; a null limit is unlimited."""

    key = serializers.CharField()
    name = serializers.CharField()
    monthly_price = serializers.CharField()
    monthly_tokens = serializers.IntegerField()
    features = serializers.ListField(child=serializers.CharField())
    limits = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    overage_token_price = serializers.CharField(allow_null=True)


class PlansShape(serializers.Serializer[object]):
    """All plans of the price book in effect."""

    price_book_version = serializers.IntegerField()
    data = PlanShape(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField(allow_null=True)


class PackShape(serializers.Serializer[object]):
    """Tokens for sale in one go."""

    key = serializers.CharField()
    name = serializers.CharField()
    price = serializers.CharField()
    tokens = serializers.IntegerField()


class PacksShape(serializers.Serializer[object]):
    """All packs of the price book in effect, cheapest first."""

    price_book_version = serializers.IntegerField()
    data = PackShape(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField(allow_null=True)


class Plans(Resource):
    """What can be subscribed to."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List plans", gives=PlansShape)
    def get(self, request: Request) -> Response:
        """List the plans with prices, features and limits."""
        self.parameters()
        book = current_book()
        return Response({"price_book_version": book.version, **whole([_plan(plan) for plan in book.plans.values()])})


class Packs(Resource):
    """What can be bought once."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List packs", gives=PacksShape)
    def get(self, request: Request) -> Response:
        """List the packs with prices and tokens."""
        self.parameters()
        book = current_book()
        packs = [
            {"key": pack.key, "name": pack.name, "price": f"{pack.price:.2f}", "tokens": pack.tokens}
            for pack in book.packs.values()
        ]
        return Response({"price_book_version": book.version, **whole(packs)})


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "key": plan.key,
        "name": plan.name,
        "monthly_price": f"{plan.monthly_price:.2f}",
        "monthly_tokens": plan.monthly_tokens,
        "features": sorted(plan.features),
        "limits": plan.customer_limits,
        "overage_token_price": plan.overage_token_price and f"{plan.overage_token_price:.4f}",
    }
