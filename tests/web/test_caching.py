"""What is private stays in no cache; what everybody may see is left alone."""

from uuid import uuid4

import pytest
from django.test import Client

from saas.accounts.models import Role
from tests.conftest import Person
from tests.pages import PLAIN, path_of

PUBLIC = ("/healthz", "/manifest.webmanifest", "/service-worker.js", "/offline", "/plans", "/api/docs", "/api/schema")
CACHED_BY_DEVICES = "offline"
"""The one page that a service worker keeps: it is the same for everybody."""


@pytest.mark.parametrize("name", [name for name in PLAIN if name != CACHED_BY_DEVICES])
def test_pages_of_a_person_are_not_stored(alice: Person, name: str) -> None:
    assert "no-store" in alice.browser().get(path_of(name))["Cache-Control"]


def test_secrets_shown_once_and_pages_left_by_a_logout_are_not_stored(alice: Person) -> None:
    browser = alice.browser()
    made = browser.post("/settings/api-keys", {"name": "till", "scopes": ["read"]})
    assert b"mp_live_" in made.content
    assert made["Cache-Control"] == "no-store"
    assert "no-store" in browser.post("/accounts/logout/")["Cache-Control"]


def test_a_secret_link_is_not_stored_for_visitors_either(alice: Person) -> None:
    from saas.team.actions import invite

    with alice.acting():
        made = invite(email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=alice.user)
    assert Client().get(f"/invitations/{made.mailed_secret}")["Cache-Control"] == "no-store"
    assert Client().get("/gifts/no-such-gift")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PUBLIC)
def test_what_everybody_may_see_is_left_alone(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert "no-store" not in answer.headers.get("Cache-Control", "")
