"""Middleware: request ids, the caller and organization of a request, and errors rendered as answers."""

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter, time
from typing import Any, TypeVar, cast
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import Resolver404, resolve

from saas.accounts import queries as accounts
from saas.accounts.callers import Caller, NotMember
from saas.accounts.models import Membership
from saas.kernel import tenancy, turns
from saas.kernel.actor import Actor, acting_as, set_actor
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7
from saas.web import attempts
from saas.web.errors import AddressTooLong, BadRequest, HeadersTooLarge, refuse_at_once, render

logger = logging.getLogger("saas.web.requests")

HOST_BYTES_MAX, PATH_BYTES_MAX, HEADERS_BYTES_MAX = 255, 2_048, 16_384
"""What is read of a request line and headers: a name of the DNS, our longest address many times, what nginx takes."""

SECOND_FACTORS = ["totp", "webauthn"]
"""What allauth calls them; recovery codes come with one of these."""

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestContext:
    """Give the request an id, start with nobody as its context, and forget both at the end.

    A request that is too long is answered here, before anything else reads it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        offered = request.headers.get("X-Request-Id", "")
        request_id = offered if _REQUEST_ID.fullmatch(offered) else uuid7().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        request.caller = None  # type: ignore[attr-defined]
        request.closed = None  # type: ignore[attr-defined]
        request.lacks_second_factor = None  # type: ignore[attr-defined]
        started_at = perf_counter()
        with tenancy.request(), acting_as(Actor(request_id=request_id)):
            response = self._answer(request)
            _log(request, response, seconds=perf_counter() - started_at)
        response["X-Request-Id"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if refusal := _too_long(request):
            return refuse_at_once(request, refusal)
        _drop_foreign_cookies(request)
        if not _runs_ai(request):
            return self.get_response(request)
        with suppress(RequestDataTooBig, UnreadablePostError):  # whoever reads it again says so
            request.body  # noqa: B018  # in hand before the turn is taken: it may come slowly
        try:
            with turns.operation():
                return self.get_response(request)
        except turns.TooManyInFlight as refusal:
            return refuse_at_once(request, refusal)


class CompressPages(GZipMiddleware):
    """Compress pages with gzip, except those that repeat text of the request.

    The length of a compressed page shows whether words of the request also stand elsewhere in it, such as in a secret
    (the BREACH attack), and another site can make a browser ask for any address. So only a page that was asked for
    without a query is compressed; Django adds bytes of random number to it besides.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        asks_for_a_page = request.method in ("GET", "HEAD") and not request.META.get("QUERY_STRING")
        is_page = response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if asks_for_a_page and is_page else response


def runs_ai(view: View) -> View:
    """Mark a view whose POST is an AI operation: it waits for its turn before anything looks at the request."""
    view.runs_ai = True  # type: ignore[attr-defined]
    return view


def _runs_ai(request: HttpRequest) -> bool:
    """Return True if the request runs an AI operation."""
    if request.method != "POST":
        return False
    try:
        return getattr(resolve(request.path_info).func, "runs_ai", False)
    except Resolver404:
        return False


def _too_long(request: HttpRequest) -> DomainError | None:
    meta = request.META
    if len(meta.get("HTTP_HOST", "")) > HOST_BYTES_MAX:
        return BadRequest("The host name is too long. Check the address.")
    if len(meta.get("PATH_INFO", "")) > PATH_BYTES_MAX:
        return AddressTooLong(f"The path is longer than {PATH_BYTES_MAX:,} bytes. Check the address.")
    fields = sum(len(name) + len(value) for name, value in meta.items() if name.startswith("HTTP_"))
    if fields + len(meta.get("QUERY_STRING", "")) + len(meta.get("CONTENT_TYPE", "")) > HEADERS_BYTES_MAX:
        return HeadersTooLarge(f"Query and headers are longer than {HEADERS_BYTES_MAX:,} bytes. Send less in them.")
    return None


def _log(request: HttpRequest, response: HttpResponseBase, *, seconds: float) -> None:
    """Log the request by its route: the path itself may carry an invitation's or a reset's secret."""
    if logger.isEnabledFor(logging.INFO):
        route = request.resolver_match.route if request.resolver_match else ""
        fields = {"method": request.method, "route": route, "status": response.status_code}
        logger.info("request", extra={**fields, "milliseconds": round(seconds * 1000, 1)})


def _drop_foreign_cookies(request: HttpRequest) -> None:
    """Forget cookies that cannot be ours: a quoted one can carry NUL, which no text in the database holds."""
    for name in [name for name, value in request.COOKIES.items() if "\x00" in value]:
        del request.COOKIES[name]


STAFF_BEGAN, STAFF_SEEN = "staff_began_at", "staff_seen_at"
SEEN_EVERY_SECONDS = 60


class StaffSessions:
    """End a session of staff after STAFF_SESSION_SECONDS, or after STAFF_IDLE_SECONDS without a request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_staff:
            now, session = time(), request.session
            began, seen = session.get(STAFF_BEGAN, now), session.get(STAFF_SEEN, now)
            if now - began > settings.STAFF_SESSION_SECONDS or now - seen > settings.STAFF_IDLE_SECONDS:
                logout(request)
            elif STAFF_BEGAN not in session or now - seen > SEEN_EVERY_SECONDS:
                session[STAFF_BEGAN], session[STAFF_SEEN] = began, now
        return self.get_response(request)


class CurrentOrganization:
    """Set the organization of a logged-in person: the one chosen in the session, else the first joined.

    Where the person is no longer a member of the chosen one, a page that was open is refused: what was written for
    that organization must not land in the next one. In one that is closed the person acts for nobody;
    `request.closed` is their membership there. So it is in one that requires a second factor of a person who has none:
    `request.lacks_second_factor`.
    A request that logs a person out has their browser clear what it stored for them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            chosen = request.session.get("organization_id")
            membership = accounts.membership(user_id=request.user.pk, organization_id=UUID(chosen) if chosen else None)
            present = str(membership.organization_id) if membership else None
            if chosen and present != chosen and not _opens_a_page(request):
                return render(request, NotMember())
            if present != chosen and _opens_a_page(request):
                request.session["organization_id"] = present
            set_actor(
                Actor(
                    kind="staff" if request.user.is_staff else "user",
                    user_id=request.user.pk,
                    request_id=request.request_id,  # type: ignore[attr-defined]
                )
            )
            if membership is not None and membership.organization.closed_at is not None:
                request.closed = membership  # type: ignore[attr-defined]
            elif membership is not None and _lacks_second_factor(request, membership):
                request.lacks_second_factor = membership  # type: ignore[attr-defined]
            elif membership is not None:
                enter_as(
                    request,
                    Caller(
                        organization_id=cast(UUID, membership.organization_id),
                        user_id=request.user.pk,
                        role=membership.role,
                        department_id=membership.department_id,
                    ),
                )
            response = self.get_response(request)
            if SESSION_KEY not in request.session:
                response["Clear-Site-Data"] = '"storage"'
            return _unstored(response)
        response = self.get_response(request)
        return _unstored(response) if _has_secret(request) else response


def _unstored(response: HttpResponseBase) -> HttpResponseBase:
    """Let no cache keep a private page, nor the browser show it again by its back button after a logout."""
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "no-store"
    return response


def _has_secret(request: HttpRequest) -> bool:
    """Return True if the address itself lets its holder in: an invitation's, a gift's."""
    return request.resolver_match is not None and "secret" in request.resolver_match.kwargs


def _opens_a_page(request: HttpRequest) -> bool:
    """Return True if a person goes to a page, or asks as nobody's member; else an open page sends something."""
    if request.path.startswith("/accounts/") or "Authorization" in request.headers:
        return True
    return request.method in ("GET", "HEAD") and not (
        request.path.startswith("/api/") or "HX-Request" in request.headers
    )


def _lacks_second_factor(request: HttpRequest, membership: Membership) -> bool:
    required = membership.organization.second_factor_required
    return required and not is_mfa_enabled(request.user, types=SECOND_FACTORS)


def enter_as(request: HttpRequest, caller: Caller) -> None:
    """Act for the caller's organization for the rest of the request."""
    request.caller = caller  # type: ignore[attr-defined]
    tenancy.enter(caller.organization_id)


class RenderDomainErrors:
    """Render the refusals that views raise; see `saas.web.errors`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a DomainError; leave everything else to Django."""
        return render(request, exception) if isinstance(exception, DomainError) else None


class LimitAttempts:
    """Count what is posted to the pages of `saas.web.attempts.POSTS`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        """Refuse what is one too many."""
        page = request.resolver_match.url_name if request.resolver_match else None
        if request.method == "POST" and page in attempts.POSTS:
            try:
                attempts.enforce(request, page)
            except DomainError as refusal:
                return render(request, refusal)
        return None
