"""A person's e-mail addresses: allauth's page, with our rule of what becomes primary."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_at_login
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.account.views import EmailVerificationSentView, EmailView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from saas.accounts.models import User, address_columns
from saas.kernel.transactions import transaction
from saas.team.actions import mandatory
from saas.team.views.guards import person


@method_decorator(login_required, name="dispatch")
class EmailAddresses(EmailView):  # type: ignore[misc]
    """Where verification is mandatory an address becomes primary only once it is verified."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether verification is mandatory and an address lacks it, too."""
        context = super().get_context_data(**kwargs)
        unconfirmed = any(not address.verified for address in context["emailaddresses"])
        return {**context, "mandatory": mandatory(), "unconfirmed": unconfirmed}

    def _action_primary(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        raise_if_reauthentication_required(request, app="allauth.account")
        address = self._get_email_address(request)
        if address is None:
            return None
        if not address.verified and mandatory():
            _refuse(request, "account/messages/unverified_primary_email.txt", address)
            return None
        try:
            # First of all, since the database refuses another spelling of somebody's address.
            with transaction():
                User.objects.filter(id=person(request).pk).update(**address_columns(address.email))
        except IntegrityError:
            _refuse(request, "account/messages/email_confirmation_failed.txt", address)
            return None
        answer: HttpResponse | None = super()._action_primary(request, *args, **kwargs)
        return answer


class VerificationSent(EmailVerificationSentView):  # type: ignore[misc]
    """Says that a link was sent, to whoever signed up or logged in with an address that is not verified."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether the link can be sent again from here: this browser's sign-up or login still waits for it."""
        return {**super().get_context_data(**kwargs), "waits": unstash_login(self.request, peek=True) is not None}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send the link again. An address that has an account already gets the mail that says so, as at sign-up."""
        login = unstash_login(request, peek=True)
        if login is not None:
            send_verification_email_at_login(request, login)
        return redirect("account_email_verification_sent")


def _refuse(request: HttpRequest, template: str, address: EmailAddress) -> None:
    get_adapter(request).add_message(request, messages.ERROR, template, {"email": address.email})
