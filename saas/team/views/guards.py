"""The logged-in person of a request."""

from django.http import HttpRequest

from saas.accounts.models import User


def person(request: HttpRequest) -> User:
    """Return the logged-in person; for pages of members only."""
    assert isinstance(request.user, User)
    return request.user
