"""The base of every REST resource."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from saas.accounts.callers import Caller
from saas.kernel.errors import Forbidden
from saas.web import idempotency, limits
from saas.web.api.authentication import InvalidApiKey
from saas.web.api.problems import LengthRequired, invalid
from saas.web.idempotency import Answer, Claim

BAD_KEYS_PER_MINUTE = 60
"""Wrong keys per client address; a wrong key costs one query at most."""

NAMES_SHOWN = 20
"""How many unknown names an error lists: the answer must not outgrow the request."""


class LoginNotFresh(Forbidden):
    """What matters this much needs a login of the last minutes."""

    title = "Confirm that it is you"

    def __init__(self) -> None:
        super().__init__(
            "Confirm your password at /accounts/reauthenticate/ first, then ask again. Nothing was changed."
        )


EXACTLY_ONE = {"minProperties": 1, "maxProperties": 1}
"""The rule of a body that is one of several things."""


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses what it does not know.

    `rules` are what `validate` asks of the fields together, in the words of JSON Schema, as far as it has any.
    """

    rules: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values; an unknown name is an error, not ignored."""
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        if unknown:
            named = sorted(unknown)[:NAMES_SHOWN]
            what = f"There is no such {self.context.get('part', 'field')}."
            raise serializers.ValidationError(dict.fromkeys(named, [what]), code="unknown")
        return super().to_internal_value(data)


class NoParameters(StrictSerializer):
    """No query parameters at all."""


class OnlyJson(BaseContentNegotiation):
    """JSON in, JSON out, in UTF-8, whatever a client says it would accept."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the parser, or None for any other content type."""
        media_type, parameters = parse_header_parameters(request.content_type or "")
        is_json = media_type == "application/json" and parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")
        return parsers[0] if is_json else None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Return the renderer."""
        return renderers[0], renderers[0].media_type


class Resource(APIView):
    """A resource: scopes per method, strict bodies and parameters, rate headers.

    `scopes` names what a key needs for each method; HEAD needs what GET needs.
    `live_only` says why test keys change nothing here; it is empty where they may.
    `fresh_login_methods` need a login of a person in the browser, not of a key, to be a moment old.
    """

    scopes: ClassVar[dict[str, str]] = {}
    fresh_login_methods: ClassVar[tuple[str, ...]] = ()
    live_only: ClassVar[str] = ""
    content_negotiation_class = OnlyJson

    @property
    def caller(self) -> Caller:
        """Return who calls; authentication has set it."""
        caller: Caller = self.request._request.caller  # type: ignore[attr-defined]
        return caller

    def perform_authentication(self, request: Request) -> None:
        """Find out who calls; wrong keys are counted per address. Raises Forbidden where https is due and not used."""
        if settings.SECURE_SSL_REDIRECT and not request._request.is_secure():
            raise Forbidden("Use https. A key that was sent without it may have been read: rotate it.")
        try:
            super().perform_authentication(request)
        except InvalidApiKey:
            address = limits.client_address(request._request)
            limits.enforce(group="bad_key", key=address, per_minute=BAD_KEYS_PER_MINUTE)
            raise

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check scope and rate before the method runs."""
        super().initial(request, *args, **kwargs)
        if "Transfer-Encoding" in request.headers:
            raise LengthRequired("Send the body with a Content-Length, not in chunks.")
        caller = self.caller
        subject = str(caller.key_id or caller.user_id)
        per_minute = caller.requests_per_minute
        self.usage = limits.count(group="api", key=subject, per_minute=per_minute)
        limits.require_room(self.usage, per_minute=per_minute)
        if scope := self.scopes.get("GET" if request.method == "HEAD" else request.method or ""):
            caller.require_scope(scope)
            self.require_mode(caller)
        needs_login = caller.key_id is None and request.method in self.fresh_login_methods
        if needs_login and not did_recently_reauthenticate(request._request):
            raise LoginNotFresh

    def require_mode(self, caller: Caller) -> None:
        """Raise where a key of the caller's mode may not go."""
        if self.live_only and caller.is_test and self.request.method not in SAFE_METHODS:
            raise Forbidden(self.live_only)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the rate headers, mark answers to test keys, and forbid caching."""
        response = super().finalize_response(request, response, *args, **kwargs)
        caller = request._request.caller  # type: ignore[attr-defined]
        if caller and caller.is_test:
            response["Milepost-Mode"] = caller.mode
        if usage := getattr(self, "usage", None):
            remaining = max(usage["limit"] - usage["count"], 0)
            response["RateLimit-Policy"] = f'"minute";q={usage["limit"]};w=60'
            response["RateLimit"] = f'"minute";r={remaining};t={usage["time_left"]}'
        response.setdefault("Cache-Control", "no-store")
        return response

    def body(self, serializer: type[serializers.BaseSerializer[Any]], **options: Any) -> dict[str, Any]:
        """Return the validated body; raise Invalid, for query parameters too: a write takes none."""
        self.parameters()
        return validated(serializer(data=self.request.data, **options))

    def parameters(self, serializer: type[serializers.BaseSerializer[Any]] = NoParameters) -> dict[str, Any]:
        """Return the validated query parameters, each at most once; raise Invalid."""
        query = self.request.query_params
        repeated = [name for name in query if len(query.getlist(name)) > 1]
        if repeated:
            raise invalid(dict.fromkeys(repeated, ["Give this parameter once."]), in_query=True)
        return validated(serializer(data=query.dict(), context={"part": "parameter"}), in_query=True)

    def once(self, effect: Callable[[], Answer]) -> Response:
        """Answer with an effect of one commit, once for each Idempotency-Key; without a key, each time."""
        return self._once(effect, idempotency.answer_once)

    def once_when_done(self, effect: Callable[[], Answer]) -> Response:
        """Answer with an effect of several commits or calls, each safe to repeat, once for each Idempotency-Key."""
        return self._once(effect, idempotency.answer_when_done)

    def _once(self, effect: Callable[[], Answer], answer: Callable[..., Answer]) -> Response:
        if idempotency.HEADER not in self.request.headers:
            return respond(effect())
        return respond(answer(claim=self.claim(), user_id=self.caller.user_id, effect=effect))

    def claim(self) -> Claim:
        """Return the request's idempotency claim; raise IdempotencyKeyRequired, or Invalid for an unusable key."""
        request = self.request
        return idempotency.claim(
            key=request.headers.get(idempotency.HEADER),
            request=f"{request.method} {request.path}",
            body=request.data,
        )


def validated(
    serializer: serializers.BaseSerializer[Any], *, under: Sequence[str] = (), in_query: bool = False
) -> dict[str, Any]:
    """Return the serializer's values or raise Invalid, which points into what was sent; its data is `under` a path."""
    if not serializer.is_valid():
        raise invalid(serializer.errors, under=under, in_query=in_query)
    return dict(serializer.validated_data)


def respond(answer: Answer) -> Response:
    """Return an idempotent answer, marked when it is a repetition."""
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return Response(answer.body, status=answer.status, headers=headers)
