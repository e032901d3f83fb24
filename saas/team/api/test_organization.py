"""What test keys do to their test organization: move its clock, give it tokens, have its payment fail and succeed."""

from datetime import timedelta
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from licensing import queries as licensing
from licensing.api import LicenseShape, license_shape
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.kernel.clock import database_now
from saas.kernel.errors import NotFound
from saas.team import actions
from saas.team import serializers as s
from saas.web.api.documentation import documented
from saas.web.api.resources import Resource, respond
from saas.web.idempotency import Answer, answer_once
from tokens.queries import position


class TestOrganizationResource(Resource):
    """What is there for test keys alone."""

    def require_mode(self, caller: Caller) -> None:
        """Raise NotFound but for test keys."""
        if not caller.is_test:
            raise NotFound("There is no such thing here. It is for test keys.")


class TestClockResource(TestOrganizationResource):
    """The test organization's clock."""

    scopes: ClassVar = {"GET": "read", "POST": "tokens:write"}

    @documented("Get the test clock", gives=s.ClockShape, refusals=(404,))
    def get(self, request: Request) -> Response:
        """Return what time it is in the test organization."""
        self.parameters()
        return Response(self._clock())

    @documented("Advance the test clock", takes=s.ClockBody, gives=s.ClockShape, refusals=(404, 409), idempotent=True)
    def post(self, request: Request) -> Response:
        """Move the test organization's clock ahead. Holds, tokens, the allowance and the license follow at once."""
        claim, by = self.claim(), timedelta(seconds=self.body(s.ClockBody)["advance_seconds"])

        def advance() -> Answer:
            actions.advance_clock(by=by)
            return Answer(200, self._clock())

        return respond(answer_once(claim=claim, user_id=self.caller.user_id, effect=advance))

    def _clock(self) -> dict[str, Any]:
        ahead = accounts.organization(self.caller.organization_id).clock_offset
        return {"now": database_now(), "ahead_seconds": int(ahead.total_seconds())}


class TestTokensResource(TestOrganizationResource):
    """Tokens of the test organization."""

    scopes: ClassVar = {"POST": "tokens:write"}

    @documented(
        "Grant test tokens",
        takes=s.TestTokensBody,
        gives=s.TestTokensShape,
        status=201,
        refusals=(404, 409),
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Give the test organization tokens of the source `promo`."""
        claim, tokens = self.claim(), self.body(s.TestTokensBody)["tokens"]

        def grant() -> Answer:
            actions.give_test_tokens(count=tokens)
            now = position()
            return Answer(201, {"granted": tokens, "available": now.available, "held": now.held, "debt": now.debt})

        return respond(answer_once(claim=claim, user_id=self.caller.user_id, effect=grant))


class TestPaymentResource(TestOrganizationResource):
    """The test organization's renewals."""

    scopes: ClassVar = {"POST": "tokens:write"}

    @documented("Make a test payment", takes=s.TestPaymentBody, gives=LicenseShape, refusals=(404,), idempotent=True)
    def post(self, request: Request) -> Response:
        """Have the renewal fail, or be paid; return the license. The same outcome again changes nothing."""
        claim, outcome = self.claim(), self.body(s.TestPaymentBody)["outcome"]

        def pay() -> Answer:
            actions.make_test_payment(outcome)
            return Answer(200, license_shape(licensing.license_status()))

        return respond(answer_once(claim=claim, user_id=self.caller.user_id, effect=pay))
