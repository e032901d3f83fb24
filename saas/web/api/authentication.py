"""Who calls the API: a key, or a person in the browser."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.accounts.models import ApiKey, User
from saas.accounts.queries import KeyHolder
from saas.kernel import tenancy
from saas.kernel.actor import Actor, set_actor
from saas.kernel.errors import DomainError
from saas.web.middleware import enter_as


class InvalidApiKey(DomainError):
    """Unknown, mistyped, revoked or expired: the answer is the same."""

    code, status, title = "invalid_api_key", 401, "The API key is not valid"


class NotAuthenticated(DomainError):
    """Nobody is logged in and no key was sent."""

    code, status, title = "not_authenticated", 401, "Who are you?"


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mp_live_...`: one query, in which the organization it acts for is found too."""

    def authenticate(self, request: Request) -> tuple[User, KeyHolder] | None:
        """Return the key's maker and the holder; raise InvalidApiKey."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        holder = accounts.key_holder(secret.strip()) if scheme.lower() == "bearer" else None
        if holder is None:
            raise InvalidApiKey("Check the key: it may be mistyped, revoked or expired.")
        _act_as(request._request, holder)
        return User(id=holder.user_id), holder

    def authenticate_header(self, request: Request) -> str:
        """Answer 401, not 403, to strangers."""
        return "Bearer"


def _act_as(request: HttpRequest, holder: KeyHolder) -> None:
    set_actor(
        Actor(
            kind="key",
            user_id=holder.user_id,
            name=str(holder.key_id),
            request_id=request.request_id,  # type: ignore[attr-defined]
        )
    )
    enter_as(
        request,
        Caller(
            organization_id=holder.organization_id,
            user_id=holder.user_id,
            role=holder.role,
            department_id=holder.department_id,
            key_id=holder.key_id,
            scopes=holder.scopes,
            requests_per_minute=holder.requests_per_minute,
            mode=holder.mode,
        ),
    )
    if holder.last_used_at is None or (holder.now - holder.last_used_at).total_seconds() > 60:
        with tenancy.organization(holder.home_id):
            ApiKey.objects.filter(id=holder.key_id).update(last_used_at=holder.now)


class BrowserSession(SessionAuthentication):
    """The browser's session, with CSRF; the middleware has set the organization already."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """Return the logged-in person; people without an organization have nothing here."""
        found = super().authenticate(request)
        return found if found and request._request.caller else None  # type: ignore[attr-defined]


class BrowserScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Document the browser's session cookie."""

    target_class = BrowserSession
    name = "Browser"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Document the bearer key."""

    target_class = KeyAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "mp_live_… or mp_test_…"}
