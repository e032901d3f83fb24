"""Forms of passkeys: allauth's, which hostile input does not break."""

import re
from contextlib import suppress
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as allauth_forms
from django import forms
from django.core.exceptions import ValidationError

PLAIN = re.compile(r"[ !#-\[\]-~\"]{2,16384}")
"""What browsers send: ASCII without a backslash, so neither NUL nor half a surrogate, which jsonb does not take."""

NOT_A_CREDENTIAL = (ArithmeticError, AttributeError, AssertionError, LookupError, TypeError, ValueError)
"""What the parsers of fido2 raise for what they cannot read."""


class CredentialField(forms.JSONField):
    """What a browser's authenticator answered."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        """Return the answer as a dict."""
        if isinstance(value, str) and value and not PLAIN.fullmatch(value):
            raise _refusal()
        with suppress(RecursionError, ValueError):  # nested without end, or a number of thousands of digits
            parsed = super().to_python(value)
            if isinstance(parsed, dict) or parsed in self.empty_values:
                return parsed
        raise _refusal()

    def bound_data(self, data: Any, initial: Any) -> None:
        """Never show an answer again: each is good once."""

    def prepare_value(self, value: Any) -> str:
        """Show nothing."""
        return ""


def _refusal() -> ValidationError:
    refusal: ValidationError = get_adapter().validation_error("incorrect_code")
    return refusal


class AddPasskeyForm(allauth_forms.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    name = forms.CharField(label="Name", max_length=80, required=False)
    credential = CredentialField()
    passwordless = forms.BooleanField(
        label="Log in with it alone",
        required=False,
        initial=True,
        help_text="No password and no code: fingerprint, face or PIN of the device. Otherwise it is asked for after"
        " the password.",
    )

    def clean(self) -> dict[str, Any]:
        """Verify what the authenticator signed, and keep what is needed of it."""
        try:
            cleaned: dict[str, Any] = super().clean()
            if credential := cleaned.get("credential"):
                cleaned["credential"] = _needed(credential)
        except NOT_A_CREDENTIAL as error:
            raise _refusal() from error
        return cleaned


def _needed(credential: dict[str, Any]) -> dict[str, Any]:
    response, results = credential["response"], credential.get("clientExtensionResults", {})
    return {
        **{name: credential[name] for name in ("id", "rawId", "type")},
        "response": {name: response[name] for name in ("clientDataJSON", "attestationObject")},
        "clientExtensionResults": {"credProps": {"rk": results.get("credProps", {}).get("rk") is True}},
    }


class _Answer(forms.Form):
    """Turns an answer that cannot be read into one that is wrong."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        """Return whose authenticator it was."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except NOT_A_CREDENTIAL as error:
            raise _refusal() from error


class PasskeyLoginForm(_Answer, allauth_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """Logging in with a passkey alone."""


class AuthenticateForm(_Answer, allauth_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey after the password."""


class ReauthenticateForm(_Answer, allauth_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey to confirm."""


class RenamePasskeyForm(allauth_forms.EditWebAuthnForm):  # type: ignore[misc]
    """What a passkey is called."""

    name = forms.CharField(label="Name", max_length=80)
