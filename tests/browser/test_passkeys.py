"""Passkeys in Chromium, with its virtual authenticator, on localhost."""

import re

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.conftest import Window
from tests.conftest import PASSWORD, Person

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


AT_HOME = re.compile(r"localhost:\d+/$")


def plug_in(page: Page) -> None:
    """Give the window a device that confirms everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def test_a_passkey_logs_in_alone_is_a_second_factor_and_confirms(window: Window, site: str, alice: Person) -> None:
    # As the server makes it: the tests' own hashes are quick ones, which it does not take.
    alice.user.password = Argon2PasswordHasher().encode(PASSWORD, "salted as it may be")
    alice.user.save(update_fields=["password"])
    page = window(alice.user, at=site.replace("127.0.0.1", "localhost"))
    plug_in(page)
    page.goto(reverse("mfa_index"))
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    [passkey] = Authenticator.objects.filter(user=alice.user, type="webauthn")
    assert str(passkey) == "Laptop" and passkey.wrap().is_passwordless is True
    page.goto(reverse("mfa_list_webauthn"))
    expect(page.get_by_text("logs in alone")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(AT_HOME)
    page.goto("/goals")
    expect(page.get_by_role("heading", name="Goals", level=1)).to_be_visible()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(alice.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(AT_HOME)

    page.goto(reverse("mfa_reauthenticate_webauthn"))
    page.get_by_role("button", name="Confirm with a passkey").click()
    page.wait_for_url(AT_HOME)
