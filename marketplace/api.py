"""REST resources of money: purchases and the subscription.

Note [Money under a key]
    Stripe is called outside any transaction, so key, effect and answer cannot be one commit. A purchase is
    its own record: the order is unique by the key, and a repetition finds it. A change of plan says what the
    plan shall be, not what to add to it: its answer is kept after it happened, and when a crash comes in
    between, the repetition finds the plan as wished.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import actions, presentation, queries
from marketplace import serializers as s
from marketplace.models import Order
from saas.accounts.callers import Caller
from saas.kernel.errors import Forbidden
from saas.kernel.transactions import together, transaction
from saas.web import idempotency
from saas.web.api.cursors import PageParameters, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource, StrictSerializer, respond
from saas.web.idempotency import Answer, Claim, IdempotencyKeyReused


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
        with idempotency.one_at_a_time(claim) as mine:
            if not mine:
                raise idempotency.in_progress()
            return respond(self._buy(claim, pack_key))

    def _buy(self, claim: Claim, pack_key: str) -> Answer:
        """Buy, or return the purchase that was made under the key; see Note [Money under a key]."""
        earlier = queries.order_under(claim.key)
        _require_free(claim, earlier, pack_key)
        order = actions.buy_pack(caller=self.caller, pack_key=pack_key, request_key=claim.key)
        return Answer(201, presentation.purchase(order), replayed=earlier is not None)


def _require_free(claim: Claim, earlier: Order | None, pack_key: str) -> None:
    """Raise IdempotencyKeyReused when the key stands for another request."""
    if earlier is not None and (earlier.pack_key != pack_key or earlier.gifts.exists()):
        raise IdempotencyKeyReused("This Idempotency-Key was used to buy another pack. Use a new key.")
    if record := idempotency.find(claim.key):
        idempotency.require_same_request(record, claim)


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
        seen = actions.preview(caller=self.caller, plan_key=self.body(s.PlanBody)["plan"])
        return Response(presentation.preview(seen))


class SubscriptionChange(MoneyResource):
    """A change of plan."""

    scopes: ClassVar = {"POST": "billing:write"}
    fresh = ("POST",)

    @documented("Change the plan", takes=s.ChangeBody, gives=s.OutcomeShape, refusals=(402, 409, 503), idempotent=True)
    def post(self, request: Request) -> Response:
        """Change to a larger plan once it is paid, to a smaller one at the period's end. Owners only."""
        actions.require_payer(self.caller)
        claim, wish = self.claim(), self.body(s.ChangeBody)
        with idempotency.one_at_a_time(claim) as mine:
            if not mine:
                raise idempotency.in_progress()
            return respond(self._change(claim, wish["plan"], wish.get("at")))

    def _change(self, claim: Claim, plan_key: str, at: datetime | None) -> Answer:
        """Change, or return what was answered before; see Note [Money under a key]."""
        if record := idempotency.find(claim.key):
            idempotency.require_same_request(record, claim)
            return idempotency.answer_of(record)
        made = actions.change_plan(caller=self.caller, plan_key=plan_key, at=at)
        answer = Answer(200, presentation.outcome(made))
        with idempotency.conflicts(), transaction():
            together(
                idempotency.claiming(claim, self.caller.user_id, None),
                idempotency.completing(claim, status=answer.status, body=answer.body),
            )
        return answer


class SubscriptionCancel(MoneyResource):
    """The end of the subscription."""

    scopes: ClassVar = {"POST": "billing:write"}

    @documented("Cancel the subscription", gives=s.OutcomeShape, refusals=(400, 409, 415, 503))
    def post(self, request: Request) -> Response:
        """Return to the free plan when the paid period ends. Owners only."""
        self.body(StrictSerializer)
        return Response(presentation.outcome(actions.cancel(caller=self.caller)))


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
        wish = self.body(s.OverageBody)
        if wish["enabled"]:
            actions.agree_overage(caller=self.caller, monthly_cap=wish["monthly_cap"])
        else:
            actions.end_overage(caller=self.caller)
        return Response(presentation.overage(queries.overage()))
