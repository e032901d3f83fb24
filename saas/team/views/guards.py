"""Who is looking."""

from django.http import HttpRequest

from saas.accounts.models import User


def person(request: HttpRequest) -> User:
    """Return who is logged in; for pages of members only."""
    assert isinstance(request.user, User)
    return request.user
