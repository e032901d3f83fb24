"""Errors of the API as problem+json: ours, and those of Django and its REST framework."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpResponse
from rest_framework import exceptions

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


class NotAcceptable(DomainError):
    """There is no such form of the answer."""

    code, status, title = "not_acceptable", 406, "Not available in this form"


_OF_HTTP: dict[type[Exception], type[DomainError]] = {
    exceptions.MethodNotAllowed: MethodNotAllowed,
    exceptions.UnsupportedMediaType: UnsupportedMediaType,
    exceptions.NotAcceptable: NotAcceptable,
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
        case exceptions.MethodNotAllowed() | exceptions.UnsupportedMediaType() | exceptions.NotAcceptable():
            return _OF_HTTP[type(exception)](str(exception.detail))
        case DatabaseError() | InterfaceError() if is_unavailable(exception):
            return unavailable()
    return None


def invalid(errors: Any) -> Invalid:
    """Return the validation error which names each field with its messages."""
    return Invalid("Some values are not valid; `errors` names each field.", errors=errors)
