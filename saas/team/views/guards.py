"""Who may see which page."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from saas.accounts.models import User
from saas.web.pages import caller_of, for_members

Answer = TypeVar("Answer", bound=HttpResponseBase)


def for_managers(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let owners and admins only do this."""

    @for_members
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
        caller_of(request).require_manager()
        return view(request, *args, **kwargs)

    return guarded


def person(request: HttpRequest) -> User:
    """Return who is logged in; for pages of members only."""
    assert isinstance(request.user, User)
    return request.user
