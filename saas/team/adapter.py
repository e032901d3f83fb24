"""Adapters for allauth: accounts belong to organizations, mails are limited, seeds encrypted."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_login_failed
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from saas.accounts import queries as accounts
from saas.accounts.models import Invitation, User, can_be_mailed, canonical_email
from saas.kernel import encryption
from saas.kernel.transactions import transaction
from saas.team import actions
from saas.web import attempts
from saas.web.limits import client_address
from saas.web.mails import with_html
from saas.web.pages import AFTER_VERIFICATION

ASKED_FOR = frozenset(
    f"account/email/{name}"
    for name in (
        "email_confirmation",
        "email_confirmation_signup",
        "account_already_exists",
        "unknown_account",
        "password_reset_key",
    )
)
"""Mails that whoever types an address has sent to it."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """A new person comes with a new organization, unless an invitation waits for them."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "Too many attempts from here. Wait a few minutes, use a device that you logged in"
        " with before, or reset the password.",
    }

    def clean_email(self, email: str) -> str:
        """Refuse an address that no mail can be sent to."""
        if not can_be_mailed(email):
            raise forms.ValidationError("Enter a valid email address.")
        return str(super().clean_email(email))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Mark an address as verified, unless it is another spelling of somebody else's."""
        if accounts.has_another_owner(email_address.email, user_id=email_address.user_id):
            template = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, template, {"email": email_address.email})
            return False
        return bool(super().confirm_email(request, email_address))

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Lead back to what the address had to be verified for."""
        waiting = self.request.session.pop(AFTER_VERIFICATION, "") if self.request else ""
        return waiting or str(super().get_email_verification_redirect_url(email_address))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save the person together with their organization: a new one, or the one that invited them.

        Who comes by a link that proves no mailbox joins once their address is verified: `post_login` leads them there.
        """
        with transaction():
            user = super().save_user(request, user, form, commit)
            if form.invitation is None:
                actions.open_organization(owner=user, **form.business())
            elif not self._join(request, form.invitation, user):
                return user
        request.session.pop("invitation", None)
        return user

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead to the person's keys, which work on after a change of password."""
        return f"{reverse('own_data')}?changed"

    def _join(self, request: HttpRequest, invitation: Invitation, user: User) -> bool:
        """Accept the invitation with the account that is being made; return whether that succeeded."""
        secret = request.session["invitation"]
        if actions.came_by_mail(invitation, secret):
            self.stash_verified_email(request, invitation.email)
        elif actions.mandatory():
            return False
        actions.accept_invitation(secret=secret, user=user)
        return True

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """Count a complete login as a fresh confirmation, too: nobody is asked twice in a row."""
        record_authentication(request, user, method="login", reauthenticated=True)
        if waiting := request.session.get("invitation"):
            options["redirect_url"] = options.get("redirect_url") or reverse("invitation", args=[waiting])
        response: HttpResponse = super().post_login(request, user, **options)
        attempts.know_device(request, response, canonical_email(user.email))
        return response

    # Limits of ours in the place of allauth's: see Note [Nobody locks another out].

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse a password that is one too many for the account from here; the trail counts it as a failure, too."""
        email = credentials.get("email", "")
        self._attempt = attempts.LoginAttempt(request, canonical_email(email))
        if not self._attempt.is_allowed():
            user_login_failed.send(sender=__name__, credentials={"email": email}, request=request)
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        self._attempt.succeeded()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Reset the counters after a reset of the password, so that others' guesses do not keep the owner out."""
        account = canonical_email(credentials["email"])
        attempts.forget_failures(account)
        attempts.know_session(request, account)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail, unless it is one too many that strangers can have sent to the address."""
        if template_prefix not in ASKED_FOR or attempts.may_mail(canonical_email(email)):
            super().send_mail(template_prefix, email, context)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Return the mail as text and as HTML."""
        return with_html(super().render_mail(template_prefix, email, context, headers))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address for allauth's limits."""
        return client_address(request)


SECOND_FACTORS = "milepost second factors"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps seeds encrypted; see Note [Encrypted, not hashed]."""

    def encrypt(self, text: str) -> str:
        """Return what may be stored of a seed."""
        return encryption.encrypt(text, purpose=SECOND_FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the seed. Raises Unreadable where SECRET_KEY changed without SECRET_KEY_FALLBACKS."""
        return encryption.decrypt(encrypted_text, purpose=SECOND_FACTORS)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name us, and the host that passkeys are made for."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Return a name to begin with."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"
