"""The base of every REST resource."""

from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from saas.accounts.callers import Caller
from saas.web import idempotency, limits
from saas.web.api.authentication import InvalidApiKey
from saas.web.api.problems import invalid
from saas.web.idempotency import Answer, Claim

BAD_KEYS_PER_MINUTE = 60
"""Wrong keys per client address; a wrong key costs one query at most."""


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses what it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values; an unknown name is an error, not ignored."""
        unknown = set(data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), ["There is no such field."]))
        return super().to_internal_value(data)


class NoParameters(StrictSerializer):
    """No query parameters at all."""


class Resource(APIView):
    """A resource: scopes per method, strict bodies and parameters, rate headers.

    `scopes` names what a key needs for each method.
    """

    scopes: ClassVar[dict[str, str]] = {}

    @property
    def caller(self) -> Caller:
        """Return who calls; authentication has set it."""
        caller: Caller = self.request._request.caller  # type: ignore[attr-defined]
        return caller

    def perform_authentication(self, request: Request) -> None:
        """Find out who calls; wrong keys are counted per address."""
        try:
            super().perform_authentication(request)
        except InvalidApiKey:
            http = request._request
            limits.enforce(http, group="bad_key", key=limits.client_address(http), per_minute=BAD_KEYS_PER_MINUTE)
            raise

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check scope and rate before the method runs."""
        super().initial(request, *args, **kwargs)
        caller = self.caller
        subject = str(caller.key_id or caller.user_id)
        self.usage = limits.enforce(request._request, group="api", key=subject, per_minute=caller.requests_per_minute)
        if scope := self.scopes.get(request.method or ""):
            caller.require_scope(scope)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the rate headers and forbid caching."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if usage := getattr(self, "usage", None):
            remaining = max(usage["limit"] - usage["count"], 0)
            response["RateLimit-Policy"] = f'"minute";q={usage["limit"]};w=60'
            response["RateLimit"] = f'"minute";r={remaining};t={usage["time_left"]}'
        response.setdefault("Cache-Control", "no-store")
        return response

    def body(self, serializer: type[serializers.BaseSerializer[Any]], **options: Any) -> dict[str, Any]:
        """Return the validated body; raise Invalid."""
        return validated(serializer(data=self.request.data, **options))

    def parameters(self, serializer: type[serializers.BaseSerializer[Any]] = NoParameters) -> dict[str, Any]:
        """Return the validated query parameters, each at most once; raise Invalid."""
        query = self.request.query_params
        repeated = [name for name in query if len(query.getlist(name)) > 1]
        if repeated:
            raise invalid(dict.fromkeys(repeated, ["Give this parameter once."]))
        return validated(serializer(data=query.dict()))

    def claim(self) -> Claim:
        """Return the request's idempotency claim; raise IdempotencyKeyRequired."""
        request = self.request
        return idempotency.claim(
            key=request.headers.get("Idempotency-Key"),
            request=f"{request.method} {request.path}",
            body=request.data,
        )


def validated(serializer: serializers.BaseSerializer[Any]) -> dict[str, Any]:
    """Return the serializer's values or raise Invalid."""
    if not serializer.is_valid():
        raise invalid(serializer.errors)
    return dict(serializer.validated_data)


def respond(answer: Answer) -> Response:
    """Return an idempotent answer, marked when it is a repetition."""
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return Response(answer.body, status=answer.status, headers=headers)


def http_request(request: Request) -> HttpRequest:
    """Return Django's request."""
    return request._request
