"""Where allauth meets our organizations."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from saas.accounts import queries as accounts
from saas.accounts.models import User
from saas.kernel.transactions import transaction
from saas.team import actions
from saas.web.limits import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """A new person comes with a new organization, unless an invitation waits for them."""

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Mark an address as verified, unless it is another spelling of somebody else's."""
        if accounts.has_another_owner(email_address.email, user_id=email_address.user_id):
            template = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, template, {"email": email_address.email})
            return False
        return bool(super().confirm_email(request, email_address))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save the person together with their organization: a new one, or the one that invited them."""
        with transaction():
            user = super().save_user(request, user, form, commit)
            if form.invitation is None:
                actions.open_organization(name=form.cleaned_data["organization"], owner=user)
            else:
                actions.accept_invitation(secret=request.session["invitation"], user=user)
        request.session.pop("invitation", None)
        return user

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead to the person's keys, which work on after a change of password."""
        return f"{reverse('own_data')}?changed"

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address for allauth's limits."""
        return client_address(request)
