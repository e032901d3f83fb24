"""In production pages lead to https, and the API refuses what comes without it."""

from typing import Any

from django.test import Client

from tests.conftest import Person


def test_pages_are_redirected_and_the_api_refuses_what_comes_in_clear(alice: Person, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    key, client = {"Authorization": f"Bearer {alice.api_key}"}, Client()
    assert client.get("/goals")["Location"].startswith("https://")
    for method in (client.get, client.post):
        refused = method("/api/v1/goals", headers=key)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert client.get("/api/v1/goals", headers=key, secure=True).status_code == 200


def test_over_https_the_theme_is_read_from_a_cookie_that_no_other_host_can_set(alice: Person) -> None:
    browser = alice.browser()
    browser.cookies["theme"], browser.cookies["__Host-theme"] = "light", "dark"
    assert b'data-theme="dark"' in browser.get("/goals", secure=True).content
    assert b'data-theme="light"' in browser.get("/goals").content
