"""What Django and allauth tell of logins: received here, nowhere sent."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from saas.accounts import queries as accounts
from saas.accounts.models import User


def connect() -> None:
    """Receive from now on."""
    user_logged_in.connect(_choose_organization, dispatch_uid="choose organization")


def _choose_organization(sender: Any, request: HttpRequest, user: User, **news: Any) -> None:
    """Note in the session which organization it works in, so that an open page never acts in another one."""
    membership = accounts.membership(user_id=user.pk)
    if membership is not None and "organization_id" not in request.session:
        request.session["organization_id"] = str(membership.organization_id)
