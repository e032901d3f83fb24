"""The one place where an error becomes an answer: problem+json, a fragment or a page."""

import logging
import sys
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from saas.accounts.callers import OrganizationIsClosed, SecondFactorRequired
from saas.kernel.errors import DomainError, Forbidden, NotFound
from saas.kernel.serialization import JSONEncoder
from saas.kernel.transactions import is_unavailable, reconnect
from saas.web.problems import ReplayedProblem, as_problem

logger = logging.getLogger(__name__)

FOR_MACHINES = ("/metrics", "/readyz")
"""Addresses whose errors are plain text: no person reads them."""

PAGES: dict[type[DomainError], str] = {OrganizationIsClosed: "closed", SecondFactorRequired: "second_factor_required"}
"""Refusals that have a page of their own."""


def render(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the answer for an error, in the form that the request asks for; a few have pages of their own."""
    if request.path.startswith("/api/"):
        return problem_response(request, error)
    fragment = getattr(request, "htmx", False) and not request.headers.get("HX-Boosted")
    if type(error) in PAGES and not fragment:
        return redirect(PAGES[type(error)])
    template = "errors/problem_fragment.html" if fragment else "errors/problem.html"
    response = HttpResponse(render_to_string(template, {"problem": error}, request), status=error.status)
    return _with_headers(response, error)


def problem_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return application/problem+json with the request's id."""
    body = {**as_problem(error), "request_id": getattr(request, "request_id", "")}
    response = JsonResponse(body, JSONEncoder, status=error.status, content_type="application/problem+json")
    return _with_headers(response, error)


def refuse_at_once(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the answer to a request that is refused before its session is read: text, not a page."""
    if request.path.startswith("/api/"):
        response = problem_response(request, error)
    else:
        text = f"{error.title}. {error.detail}\n"
        response = _with_headers(HttpResponse(text, status=error.status, content_type="text/plain"), error)
    response["X-Content-Type-Options"] = "nosniff"  # no middleware after the first one has seen it
    return response


def _with_headers(response: HttpResponse, error: DomainError) -> HttpResponse:
    if error.retry_after is not None:
        response["Retry-After"] = str(ceil(error.retry_after))
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(error, ReplayedProblem):
        response["Idempotent-Replayed"] = "true"
    response["Cache-Control"] = "no-store"
    return response


class CsrfFailed(DomainError):
    """The form's protection token is missing or old."""

    code, status, title = "forbidden", 403, "The page was open for too long"


class LoggedOut(DomainError):
    """The session ended while a page was open; `next` is the page to come back to."""

    code, status, title = "not_authenticated", 401, "You are logged out"


def logged_out(request: HttpRequest) -> LoggedOut:
    """Return the answer to what a page sends after its person was logged out."""
    return LoggedOut("Log in and come back here. Nothing was changed.", next=page_of_sender(request))


def page_of_sender(request: HttpRequest) -> str:
    """Return the path of the page that sent a request, the start page's where the browser names none of ours."""
    address = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"


class BadRequest(DomainError):
    """The request could not be understood at all."""

    code, status, title = "bad_request", 400, "The request could not be understood"


class AddressTooLong(DomainError):
    """The path is longer than any of ours."""

    code, status, title = "address_too_long", 414, "The address is too long"


class HeadersTooLarge(DomainError):
    """The headers and the query are larger than any browser or client of ours sends."""

    code, status, title = "headers_too_large", 431, "The headers are too large"


class InternalError(DomainError):
    """Something broke on our side."""

    code, status, title = "internal_error", 500, "Something broke on our side"


class Unavailable(DomainError):
    """The database cannot be reached, or gave up on the statement; what was asked for may or may not have happened."""

    code, status, title = "unavailable", 503, "Unavailable for a moment"


def unavailable() -> Unavailable:
    """Return the answer to what PostgreSQL could not do now; the next request gets another connection."""
    reconnect()
    return Unavailable(
        "Please try again in a moment, with the same idempotency key: nothing happens twice.", retry_after=2
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a failed CSRF check: Django's own page would be unstyled. The path may carry a secret: not logged."""
    match = request.resolver_match
    logger.warning("CSRF check failed: %s", match.route if match else "")
    if match and getattr(match.func, "for_members", False) and not request.user.is_authenticated:
        return render(request, logged_out(request))
    return render(request, CsrfFailed("Reload the page and try again. Nothing was changed."))


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer what Django refused as suspicious or too large."""
    if isinstance(exception, DisallowedHost):
        logger.warning("refused a request to another host")
    return render(request, BadRequest("Check the request and try again. Nothing was changed."))


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer Django's PermissionDenied."""
    return render(request, Forbidden("You may not do this."))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer an unknown address."""
    return render(request, NotFound("There is nothing here. Check the address."))


def broken(request: HttpRequest) -> HttpResponse:
    """Answer an unexpected error without details; they are in the log under the request's id.

    The page needs no context: what broke may be what would fill it.
    """
    error = (
        unavailable()
        if is_unavailable(sys.exception())
        else InternalError("It is logged. Please try again in a moment.")
    )
    if request.path.startswith("/api/"):
        return problem_response(request, error)
    if request.path in FOR_MACHINES:
        return _with_headers(HttpResponse(f"{error.detail}\n", status=error.status, content_type="text/plain"), error)
    return _with_headers(HttpResponse(render_to_string("500.html"), status=error.status), error)
