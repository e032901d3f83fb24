"""REST resources of purchases. See Note [Money under a key] in `marketplace.resources`."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.packs import orders, presentation, queries
from marketplace.packs import serializers as s
from marketplace.resources import MoneyResource
from marketplace.stripe import customers
from saas.web import idempotency
from saas.web.api.cursors import PageParameters, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource, respond
from saas.web.idempotency import Answer, IdempotencyKeyReused


class PurchasesResource(MoneyResource):
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
        customers.require_payer(self.caller)
        claim, pack_key = self.claim(), self.body(s.PurchaseBody)["pack"]

        def buy() -> Answer:
            earlier = queries.order_with_request_key(claim.key)
            if earlier is not None and (earlier.pack_key != pack_key or earlier.gifts.exists()):
                raise IdempotencyKeyReused("This Idempotency-Key was used to buy another pack. Use a new key.")
            order = orders.buy_pack(caller=self.caller, pack_key=pack_key, request_key=claim.key)
            return Answer(201, presentation.purchase(order), replayed=earlier is not None)

        return respond(idempotency.answer_when_done(claim=claim, user_id=self.caller.user_id, effect=buy))


class PurchaseResource(Resource):
    """One purchase."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get a purchase", gives=s.PurchaseShape, refusals=(404,))
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return a purchase."""
        self.parameters()
        return Response(presentation.purchase(queries.order(order_id)))
