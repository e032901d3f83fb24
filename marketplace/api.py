"""REST resources of money: purchases and the subscription.

Note [Money under a key]
    Stripe is called outside any transaction, so key, effect and answer cannot be one commit: the answer is stored
    when it is done. When a crash comes in between, a repetition finds the purchase, since an order is unique by its
    key, for longer than keys are remembered; and it finds the plan as wished, since a change says what the plan
    shall be, not what to add to it.
"""

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import actions, presentation, queries
from marketplace import serializers as s
from saas.accounts.callers import Caller
from saas.kernel.errors import Forbidden
from saas.web import idempotency
from saas.web.api.cursors import PageParameters, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource, StrictSerializer, respond
from saas.web.idempotency import Answer, IdempotencyKeyReused


class MoneyResource(Resource):
    """What costs money; test keys spend none, unless BILLING_MODE is sandbox and nobody does."""

    def require_mode(self, caller: Caller) -> None:
        """Raise Forbidden for a test key that would move money."""
        if caller.is_test and self.request.method not in SAFE_METHODS and settings.BILLING_MODE != "sandbox":
            raise Forbidden(
                "A test key moves no money unless BILLING_MODE is sandbox. POST /test/tokens gives its sandbox tokens,"
                " POST /test/payment lets a renewal fail or succeed."
            )


class Purchases(MoneyResource):
    """Packs that were bought."""

    scopes: ClassVar = {"GET": "read", "POST": "billing:write"}

    @documented("List purchases", gives=page_of(s.PurchaseShape), parameters=PageParameters)
    def get(self, request: Request) -> Response:
        """List purchases, newest first."""
        return Response(page(queries.orders(), self.parameters(PageParameters), present=presentation.purchase))

    @documented(
        "Buy a pack",
        takes=s.PurchaseBody,
        gives=s.PurchaseShape,
        status=201,
        refusals=(402, 404, 409, 503),
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Buy a pack with the saved card, or open a pay page for a person to pay it. Owners only."""
        actions.require_payer(self.caller)
        claim, pack_key = self.claim(), self.body(s.PurchaseBody)["pack"]

        def buy() -> Answer:
            earlier = queries.order_under(claim.key)
            if earlier is not None and (earlier.pack_key != pack_key or earlier.gifts.exists()):
                raise IdempotencyKeyReused("This Idempotency-Key was used to buy another pack. Use a new key.")
            order = actions.buy_pack(caller=self.caller, pack_key=pack_key, request_key=claim.key)
            return Answer(201, presentation.purchase(order), replayed=earlier is not None)

        return respond(idempotency.answer_when_done(claim=claim, user_id=self.caller.user_id, effect=buy))


class Purchase(Resource):
    """One purchase."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get a purchase", gives=s.PurchaseShape, refusals=(404,))
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return a purchase."""
        self.parameters()
        return Response(presentation.purchase(queries.order(order_id)))


class SubscriptionPreview(MoneyResource):
    """A change of plan before it is made."""

    scopes: ClassVar = {"POST": "billing:write"}

    @documented("Preview a change of plan", takes=s.PlanBody, gives=s.PreviewShape, refusals=(503,))
    def post(self, request: Request) -> Response:
        """Say what a change costs and brings, and when. Changes nothing. Owners only."""
        plan_key = self.body(s.PlanBody)["plan"]
        return self.once_when_done(
            lambda: Answer(200, presentation.preview(actions.preview(caller=self.caller, plan_key=plan_key)))
        )


class SubscriptionChange(MoneyResource):
    """A change of plan."""

    scopes: ClassVar = {"POST": "billing:write"}
    fresh = ("POST",)

    @documented("Change the plan", takes=s.ChangeBody, gives=s.OutcomeShape, refusals=(402, 409, 503), idempotent=True)
    def post(self, request: Request) -> Response:
        """Change to a larger plan once it is paid, to a smaller one at the period's end. Owners only."""
        actions.require_payer(self.caller)
        claim, data = self.claim(), self.body(s.ChangeBody)

        def change() -> Answer:
            made = actions.change_plan(caller=self.caller, plan_key=data["plan"], at=data.get("at"))
            return Answer(200, presentation.outcome(made))

        return respond(idempotency.answer_when_done(claim=claim, user_id=self.caller.user_id, effect=change))


class SubscriptionCancel(MoneyResource):
    """The end of the subscription."""

    scopes: ClassVar = {"POST": "billing:write"}

    @documented("Cancel the subscription", gives=s.OutcomeShape, refusals=(400, 409, 415, 503))
    def post(self, request: Request) -> Response:
        """Return to the free plan when the paid period ends. Owners only."""
        self.body(StrictSerializer)
        return self.once_when_done(lambda: Answer(200, presentation.outcome(actions.cancel(caller=self.caller))))


class Overage(MoneyResource):
    """Tokens beyond all others, billed as they are used, up to a hard cap."""

    scopes: ClassVar = {"GET": "read", "PUT": "billing:write"}
    fresh = ("PUT",)

    @documented("Get overage", gives=s.OverageShape)
    def get(self, request: Request) -> Response:
        """Return the cap, the price of a token, and what was used in this billing period."""
        self.parameters()
        return Response(presentation.overage(queries.overage()))

    @documented("Set overage", takes=s.OverageBody, gives=s.OverageShape, refusals=(402, 409, 503))
    def put(self, request: Request) -> Response:
        """Turn overage on, change its cap, or turn it off. Sent again, it changes nothing. Owners only."""
        data = self.body(s.OverageBody)
        if data["enabled"]:
            actions.agree_overage(caller=self.caller, monthly_cap=data["monthly_cap"])
        else:
            actions.end_overage(caller=self.caller)
        return Response(presentation.overage(queries.overage()))
