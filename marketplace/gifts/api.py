"""REST resources of gifts. A gifted pack is money under a key: see Note [Money under a key] in `marketplace.resources`.

Giving spends, so it has the scope of spending; members, whose keys cannot spend, answer what is given to them.
"""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.gifts import endings, offers, presentation, queries
from marketplace.gifts import serializers as s
from marketplace.models.gifts import Gift
from saas.web import idempotency
from saas.web.api.cursors import page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource, StrictSerializer, respond
from saas.web.idempotency import Answer, Claim, IdempotencyKeyReused
from tokens.kinds import QuotaScope


class GiftsResource(Resource):
    """Gifts, given and received."""

    scopes: ClassVar = {"GET": "read", "POST": "billing:write"}
    live_only = "A test key gives nothing away: gifts leave the organization, and a sandbox's tokens do not."

    @documented("List gifts", gives=page_of(s.GiftShape), parameters=s.GiftParameters)
    def get(self, request: Request) -> Response:
        """List what the organization gave and was given, newest first."""
        parameters = self.parameters(s.GiftParameters)
        wanted = {name: parameters[name] for name in ("status", "kind") if name in parameters}
        found = queries.gifts().filter(**wanted)
        return Response(page(found, parameters, present=lambda gift: presentation.gift(gift, self.caller)))

    @documented(
        "Give tokens",
        takes=s.GiftBody,
        gives=s.GiftShape,
        status=201,
        refusals=(402, 404, 409, 503),
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Give a pack to an address, or more quota to a colleague or a department. Owners only."""
        endings.require_giver(self.caller)
        claim, body = self.claim(), self.body(s.GiftBody)
        if "email" not in body["to"]:
            return respond(_once(self, claim, lambda: self._offer_quota(body), status=201))

        def give_pack() -> Answer:
            return self._give_pack(claim, body)

        return respond(idempotency.answer_when_done(claim=claim, user_id=self.caller.user_id, effect=give_pack))

    def _offer_quota(self, body: dict[str, Any]) -> Gift:
        [(scope, subject_id)] = body["to"].items()
        return offers.offer_quota(
            caller=self.caller,
            scope=QuotaScope(scope),
            subject_id=subject_id,
            tokens=body["tokens"],
            note=body["note"],
        )

    def _give_pack(self, claim: Claim, body: dict[str, Any]) -> Answer:
        """Give, or return the gift that was made under the key."""
        earlier, intent = queries.gift_under(claim.key), (body["pack"], body["to"]["email"], body["note"])
        if earlier is not None and (earlier.order is None or intent != _intent_of(earlier)):
            raise IdempotencyKeyReused("This Idempotency-Key was used for another gift. Use a new key.")
        pack, email, note = intent
        gift = offers.give_pack(caller=self.caller, pack_key=pack, email=email, note=note, request_key=claim.key)
        shown = presentation.gift(gift, self.caller)
        return Answer(201, shown, replayed=earlier is not None, has_secret=shown["link"] is not None)


def _intent_of(gift: Gift) -> tuple[str, str, str]:
    assert gift.order is not None
    return gift.order.pack_key, gift.to_name, gift.note


class GiftResource(Resource):
    """One gift."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get a gift", gives=s.GiftShape, refusals=(404,))
    def get(self, request: Request, gift_id: UUID) -> Response:
        """Return a gift."""
        self.parameters()
        return Response(presentation.gift(queries.gift(gift_id), self.caller))


class AcceptGiftResource(Resource):
    """The acceptance of a gift."""

    scopes: ClassVar = {"POST": "tokens:write"}

    @documented("Accept a gift", gives=s.GiftShape, refusals=(402, 404, 409), idempotent=True)
    def post(self, request: Request, gift_id: UUID) -> Response:
        """Accept a gift to the organization, as an owner, or to oneself. A pack is accepted behind its link."""
        return respond(_end(self, endings.accept, gift_id))


class DeclineGiftResource(Resource):
    """The refusal of a gift."""

    scopes: ClassVar = {"POST": "tokens:write"}

    @documented("Decline a gift", gives=s.GiftShape, refusals=(404, 409), idempotent=True)
    def post(self, request: Request, gift_id: UUID) -> Response:
        """Decline a gift to the organization, as an owner, or to oneself."""
        return respond(_end(self, endings.decline, gift_id))


class WithdrawGiftResource(Resource):
    """The end of a gift that nobody accepted."""

    scopes: ClassVar = {"POST": "billing:write"}

    @documented("Withdraw a gift", gives=s.GiftShape, refusals=(404, 409), idempotent=True)
    def post(self, request: Request, gift_id: UUID) -> Response:
        """Take back a gift that nobody accepted; a paid pack becomes the organization's own. Owners only."""
        return respond(_end(self, endings.withdraw, gift_id))


def _end(resource: Resource, do: Callable[..., Gift], gift_id: UUID) -> Answer:
    claim = resource.claim()
    resource.body(StrictSerializer)
    return _once(resource, claim, lambda: do(caller=resource.caller, gift_id=gift_id))


def _once(resource: Resource, claim: Claim, do: Callable[[], Gift], *, status: int = 200) -> Answer:
    """Do it and answer with the gift, or answer again; no link is stored with the answer."""

    def effect() -> Answer:
        return Answer(status, presentation.gift(do(), resource.caller))

    return idempotency.answer_once(claim=claim, user_id=resource.caller.user_id, effect=effect)
