"""Requests for more than a quota allows."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from saas.accounts.models import User
from saas.kernel.errors import NotFound
from saas.team import actions, presentation
from saas.team import serializers as s
from saas.web.api.cursors import page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource
from saas.web.idempotency import Answer


class TokenRequestsResource(Resource):
    """Requests: one's own, and everybody's for owners and admins."""

    scopes: ClassVar = {"GET": "read", "POST": "ai"}

    @documented("List requests for tokens", gives=page_of(s.TokenRequestShape), parameters=s.TokenRequestParameters)
    def get(self, request: Request) -> Response:
        """List requests, newest first."""
        parameters = self.parameters(s.TokenRequestParameters)
        found = actions.token_requests().filter(**s.chosen(parameters, "status"))
        if not self.caller.manages:
            found = found.filter(asked_by_id=self.caller.user_id)
        return Response(page(found, parameters, present=presentation.token_request))

    @documented("Ask for tokens", takes=s.TokenRequestBody, gives=s.TokenRequestShape, status=201, refusals=(409,))
    def post(self, request: Request) -> Response:
        """Ask that the tightest quota which covers you be raised; owners and admins are told."""
        body = self.body(s.TokenRequestBody)

        def ask() -> Answer:
            return Answer(201, presentation.token_request(actions.ask_for_tokens(caller=self.caller, **body)))

        return self.once(ask)


class TokenRequestResource(Resource):
    """One request."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get a request for tokens", gives=s.TokenRequestShape, refusals=(404,))
    def get(self, request: Request, request_id: UUID) -> Response:
        """Return a request of one's own; owners and admins see all."""
        self.parameters()
        found = actions.find_request(request_id)
        if not self.caller.manages and found.asked_by_id != self.caller.user_id:
            raise NotFound("There is no such request.")
        return Response(presentation.token_request(found))


class TokenRequestApprovalResource(Resource):
    """Saying yes."""

    scopes: ClassVar = {"POST": "organization:write"}

    @documented("Approve a request", takes=s.ApprovalBody, gives=s.TokenRequestShape, refusals=(402, 404, 409))
    def post(self, request: Request, request_id: UUID) -> Response:
        """Raise the quota: until the next allowance, or for good. A request is answered once."""
        self.caller.require_manager()
        body = self.body(s.ApprovalBody)
        by = User.objects.get(id=self.caller.user_id)

        def approve() -> Answer:
            return Answer(
                200, presentation.token_request(actions.approve_request(request_id=request_id, by=by, **body))
            )

        return self.once(approve)


class TokenRequestRefusalResource(Resource):
    """Saying no."""

    scopes: ClassVar = {"POST": "organization:write"}

    @documented("Decline a request", takes=s.AnswerBody, gives=s.TokenRequestShape, refusals=(404, 409))
    def post(self, request: Request, request_id: UUID) -> Response:
        """Leave the quota as it is, with a note. A request is answered once."""
        self.caller.require_manager()
        body = self.body(s.AnswerBody)
        by = User.objects.get(id=self.caller.user_id)

        def decline() -> Answer:
            return Answer(
                200, presentation.token_request(actions.decline_request(request_id=request_id, by=by, **body))
            )

        return self.once(decline)
