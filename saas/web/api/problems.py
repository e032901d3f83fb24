"""Errors of the API as problem+json: ours, and those of Django and its REST framework."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.settings import api_settings

from saas.kernel.errors import DomainError, Forbidden, Invalid, NotFound
from saas.kernel.transactions import is_unavailable
from saas.web.api.authentication import NotAuthenticated
from saas.web.errors import problem_response, unavailable


class MalformedJson(DomainError):
    """The body is not one JSON object."""

    code, status, title = "malformed_json", 400, "The body is not valid JSON"


class MethodNotAllowed(DomainError):
    """The resource does not know this method."""

    code, status, title = "method_not_allowed", 405, "Method not allowed"


class LengthRequired(DomainError):
    """A body in chunks; its length is not known before its end."""

    code, status, title = "length_required", 411, "Send a Content-Length"


class UnsupportedMediaType(DomainError):
    """Bodies are JSON."""

    code, status, title = "unsupported_media_type", 415, "Send JSON"


class BodyTooLarge(DomainError):
    """The body is larger than any that we take."""

    code, status, title = "body_too_large", 413, "The body is too large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit:,} bytes. Send less at once.", limit=limit)


NON_FIELD_ERRORS = api_settings.NON_FIELD_ERRORS_KEY

ERRORS_SHOWN = 50
"""How many errors an answer lists: it must not outgrow the request."""

_OF_HTTP: dict[type[Exception], type[DomainError]] = {
    exceptions.MethodNotAllowed: MethodNotAllowed,
    exceptions.UnsupportedMediaType: UnsupportedMediaType,
}


def exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the problem for an exception of a view; None lets Django answer 500."""
    error = _domain_error(exception)
    if error is None:
        return None
    response = problem_response(context["request"]._request, error)
    if isinstance(exception, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _domain_error(exception: Exception) -> DomainError | None:
    match exception:
        case DomainError():
            return exception
        case exceptions.ValidationError():
            return invalid(exception.detail)
        case exceptions.ParseError():
            return MalformedJson(str(exception.detail))
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return NotAuthenticated("Send an API key as `Authorization: Bearer …`, or log in.")
        case exceptions.PermissionDenied() | PermissionDenied():
            return Forbidden(str(getattr(exception, "detail", "")) or "You may not do this.")
        case exceptions.NotFound() | Http404():
            return NotFound("There is no such thing here.")
        case exceptions.MethodNotAllowed() | exceptions.UnsupportedMediaType():
            return _OF_HTTP[type(exception)](str(exception.detail))
        case DatabaseError() | InterfaceError() if is_unavailable(exception):
            return unavailable()
    return None


def invalid(errors: Any, *, under: Sequence[str] = (), in_query: bool = False) -> Invalid:
    """Return the validation error for what a serializer found wrong with a part of a body, or with a query."""
    found = _each(errors, tuple(under))
    place = _parameter if in_query else _pointer
    listed = [{**place(path), "code": code, "detail": detail} for path, code, detail in islice(found, ERRORS_SHOWN)]
    return Invalid("Some values are not valid; `errors` says which and why.", errors=listed)


def wrong_parameter(name: str, detail: str) -> Invalid:
    """Return the validation error for one query parameter."""
    return invalid({name: [detail]}, in_query=True)


def _each(errors: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield the path, the code and the text of each error in what REST framework nests."""
    match errors:
        case Mapping():
            for name, inner in errors.items():
                yield from _each(inner, path if name == NON_FIELD_ERRORS else (*path, str(name)))
        case list() | tuple():
            for place, inner in enumerate(errors):
                yield from _each(inner, path if isinstance(inner, str) else (*path, str(place)))
        case _:
            yield path, getattr(errors, "code", "invalid"), str(errors)


def _pointer(path: tuple[str, ...]) -> dict[str, str]:
    """Return a JSON pointer as a URI's fragment (RFC 6901), as RFC 9457 shows it."""
    names = (quote(name.replace("~", "~0").replace("/", "~1"), safe="~") for name in path)
    return {"pointer": "/".join(("#", *names))}


def _parameter(path: tuple[str, ...]) -> dict[str, str]:
    return {"parameter": path[0] if path else ""}
