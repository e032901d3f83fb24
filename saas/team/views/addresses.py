"""A person's e-mail addresses: allauth's page, with our rule of what becomes primary."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.account.views import EmailView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from saas.accounts.models import User, address_columns
from saas.kernel.transactions import transaction
from saas.team.views.guards import person


@method_decorator(login_required, name="dispatch")
class EmailAddresses(EmailView):  # type: ignore[misc]
    """Where verification is mandatory an address becomes primary only once it is verified."""

    def _action_primary(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        raise_if_reauthentication_required(request, app="allauth.account")
        address = self._get_email_address(request)
        if address is None:
            return None
        if not address.verified and settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory":
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


def _refuse(request: HttpRequest, template: str, address: EmailAddress) -> None:
    get_adapter(request).add_message(request, messages.ERROR, template, {"email": address.email})
