"""REST resources of the price book: what is sold, at which price."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from plans.price_book import PlanTerms
from plans.queries import entitlements
from plans.trials.actions import begin_trial
from plans.trials.queries import as_data, current_progress
from saas.web import idempotency
from saas.web.api.cursors import whole
from saas.web.api.documentation import documented
from saas.web.api.resources import Resource, StrictSerializer, respond
from saas.web.idempotency import Answer


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
    """All plans of the price book in effect, the organization's own at what was agreed."""

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


class PlansResource(Resource):
    """What can be subscribed to."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List plans", gives=PlansShape)
    def get(self, request: Request) -> Response:
        """List the plans with prices, features and limits; your own at what was agreed with you."""
        self.parameters()
        book = entitlements(self.caller.organization_id).fetch().book
        return Response({"price_book_version": book.version, **whole([_plan(plan) for plan in book.plans.values()])})


class PacksResource(Resource):
    """What can be bought once."""

    scopes: ClassVar = {"GET": "read"}

    @documented("List packs", gives=PacksShape)
    def get(self, request: Request) -> Response:
        """List the packs with prices and tokens; at your own prices, where some were agreed with you."""
        self.parameters()
        book = entitlements(self.caller.organization_id).fetch().book
        packs = [
            {"key": pack.key, "name": pack.name, "price": f"{pack.price:.2f}", "tokens": pack.tokens}
            for pack in book.packs.values()
        ]
        return Response({"price_book_version": book.version, **whole(packs)})


class TrialShape(serializers.Serializer[object]):
    """A running trial: `tokens_left` of the `tokens` it began with, `days_left` rounded up."""

    plan = serializers.CharField()
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    days_left = serializers.IntegerField()
    tokens = serializers.IntegerField()
    tokens_left = serializers.IntegerField()


class TrialResource(Resource):
    """The organization's one trial."""

    scopes: ClassVar = {"POST": "billing:write"}
    live_only = "A test organization has no trial: it has its organization's plan. Use a live key."

    @documented("Begin the trial", gives=TrialShape, status=201, refusals=(409,), idempotent=True)
    def post(self, request: Request) -> Response:
        """Begin a trial of Pro: once, for an organization that never had a plan. Verified owners only; no card needed.

        It ends by itself, and includes no packs, gifts, webhooks or holds of integrators.
        """
        self.body(StrictSerializer)

        def begin() -> Answer:
            begin_trial(caller=self.caller)
            trial = as_data(current_progress())
            assert trial is not None
            return Answer(201, trial)

        return respond(idempotency.answer_once(claim=self.claim(), user_id=self.caller.user_id, effect=begin))


def _plan(plan: PlanTerms) -> dict[str, Any]:
    return {
        "key": plan.key,
        "name": plan.name,
        "monthly_price": f"{plan.monthly_price:.2f}",
        "monthly_tokens": plan.monthly_tokens,
        "features": sorted(plan.features),
        "limits": plan.customer_limits,
        "overage_token_price": plan.overage_token_price and f"{plan.overage_token_price:.4f}",
    }
