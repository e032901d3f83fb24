"""Where allauth meets our organizations."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest

from saas.accounts.models import User, canonical_email
from saas.kernel.transactions import transaction
from saas.team import actions
from saas.web.limits import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """A new person comes with a new organization, unless an invitation waits for them."""

    def clean_email(self, email: str) -> str:
        """Refuse a second spelling of an address that has an account."""
        email = super().clean_email(email)
        same = User.objects.filter(canonical_email=canonical_email(email)).exclude(email__iexact=email)
        if same.exists():
            raise forms.ValidationError("Please use another spelling of this address, or log in.")
        return email

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

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address for allauth's limits."""
        return client_address(request)
