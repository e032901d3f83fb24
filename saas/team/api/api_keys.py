"""API keys."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from saas.accounts import queries as accounts
from saas.accounts.models import User
from saas.kernel.clock import database_now
from saas.team import actions, presentation
from saas.team import serializers as s
from saas.web.api.cursors import PageParameters, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource
from saas.web.idempotency import Answer


class ApiKeysResource(Resource):
    """Integrators' credentials, for owners and admins."""

    scopes: ClassVar = {"GET": "organization:write", "POST": "organization:write"}
    fresh_login_methods = ("POST",)
    live_only = "A test key makes no keys. Make them with a live key, or under Settings, API keys."

    @documented("List API keys", gives=page_of(s.ApiKeyShape), parameters=PageParameters)
    def get(self, request: Request) -> Response:
        """List keys, ended ones too, newest first."""
        parameters = self.parameters(PageParameters)
        self.caller.require_manager()
        now = database_now()
        return Response(page(accounts.api_keys(), parameters, present=lambda key: presentation.api_key(key, now)))

    @documented("Make an API key", takes=s.ApiKeyBody, gives=s.NewApiKeyShape, status=201)
    def post(self, request: Request) -> Response:
        """Make a key; `key` is shown this once. It acts as its maker and cannot do more than who makes it.

        A key of the mode `test` acts for the test organization, which is on the plan that the organization is on
        when the key is made. Its answers carry `Milepost-Mode: test`.
        """
        self.caller.require_manager()
        body = self.body(s.ApiKeyBody)
        by = User.objects.get(id=self.caller.user_id)
        return self.once(lambda: _new(actions.create_api_key(by=by, within=self.caller.scopes, **body)))


def _new(key: actions.NewKey) -> Answer:
    return Answer(201, presentation.new_api_key(key, database_now()), has_secret=True)


class ApiKeyResource(Resource):
    """One API key."""

    scopes: ClassVar = {"GET": "organization:write", "PATCH": "organization:write", "DELETE": "organization:write"}

    @documented("Get an API key", gives=s.ApiKeyShape, refusals=(404,))
    def get(self, request: Request, key_id: UUID) -> Response:
        """Return a key, without its secret."""
        self.parameters()
        self.caller.require_manager()
        return Response(presentation.api_key(actions.find_api_key(key_id), database_now()))

    @documented("Rename an API key", takes=s.ApiKeyChanges, gives=s.ApiKeyShape, refusals=(404,))
    def patch(self, request: Request, key_id: UUID) -> Response:
        """Give a key another name."""
        self.caller.require_manager()
        key = actions.rename_api_key(key_id=key_id, **self.body(s.ApiKeyChanges))
        return Response(presentation.api_key(key, database_now()))

    @documented("Revoke an API key", gives=None, status=204, refusals=(404,))
    def delete(self, request: Request, key_id: UUID) -> Response:
        """Make a key useless at once."""
        self.parameters()
        self.caller.require_manager()
        actions.revoke_api_key(key_id=key_id)
        return Response(status=204)


class ApiKeyRotationResource(Resource):
    """Replacing a key."""

    scopes: ClassVar = {"POST": "organization:write"}
    fresh_login_methods = ("POST",)

    @documented("Rotate an API key", takes=s.RotationBody, gives=s.NewApiKeyShape, status=201, refusals=(404, 409))
    def post(self, request: Request, key_id: UUID) -> Response:
        """Replace a key by a new one with its name, scopes and lifetime; the old one works `overlap_hours` more.

        Sent again without the same `Idempotency-Key`, it answers 409: revoke the replacement whose secret was lost,
        then rotate again.
        """
        self.caller.require_manager()
        body = self.body(s.RotationBody)
        by = User.objects.get(id=self.caller.user_id)
        return self.once(lambda: _new(actions.rotate_api_key(key_id=key_id, by=by, within=self.caller.scopes, **body)))
