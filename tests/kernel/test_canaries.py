"""The watch over the suite finds what it must: see `tests.canaries`."""

import logging
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.db import connection
from django.db.transaction import set_rollback
from django.test import Client

from marketplace.gifts.links import secret_of
from saas.accounts import keys
from saas.accounts.models import KeyMode, Role
from saas.kernel.ids import uuid7
from saas.kernel.logs import clean
from saas.kernel.transactions import transaction
from saas.team.actions import invite
from saas.webhooks.secrets import new_secret
from tests.audit.raw_events import append
from tests.canaries import CANARY, LEAKS, PATTERNS, watched
from tests.conftest import PASSWORD, Person


def secrets_of(person: Person) -> dict[str, str]:
    with person.acting():
        made = invite(email="new@example.com", role=Role.MEMBER, department_id=None, by=person.user)
        invitation = made.mailed_secret
    return {
        "live key": keys.new_secret(KeyMode.LIVE),
        "test key": keys.new_secret(KeyMode.TEST),
        "invitation": invitation,
        "gift": secret_of(uuid7()),
        "webhook": new_secret(),
        "seed": generate_totp_secret(),
        "password": PASSWORD,
    }


def test_every_secret_has_a_canary_and_is_still_good(alice: Person) -> None:
    assert [name for name, secret in secrets_of(alice).items() if CANARY not in secret] == []
    assert keys.checksum_is_right(keys.new_secret(KeyMode.LIVE))
    assert len({keys.new_secret(KeyMode.LIVE) for _ in range(5)}) == 5
    assert alice.get("/account").status_code == 200


def test_paths_and_keys_are_cleaned_as_text_and_as_json(alice: Person) -> None:
    """S17: the path of a gift's link is cleaned as that of an invitation, in both formats."""
    secrets = secrets_of(alice)
    with watched() as watch:
        for path in ("invitation", "gift"):
            logging.getLogger("django.security.csrf").warning("Forbidden (no cookie): /%ss/%s", path, secrets[path])
        for name in ("live key", "test key", "webhook"):
            logging.getLogger("somebody").warning("refused %s", secrets[name])
        Client(enforce_csrf_checks=True).post(f"/gifts/{secrets['gift']}")
        Client(enforce_csrf_checks=True).post(f"/invitations/{secrets['invitation']}")
        assert watch.found == []
        watch.emit(logging.LogRecord("x", logging.INFO, "", 0, f"it is {PASSWORD}", None, None))
        assert len(watch.found) == 2, "a secret that nothing recognizes is found, as text and as JSON"


@pytest.mark.parametrize(
    ("data", "reason", "what"),
    [
        ({"key": f"mp_live_{CANARY}"}, "", "a secret"),
        ({"list": [{"to": "ann@mail.example.com"}]}, "", "an address"),
        ({}, "for ann@mail.example.com", "an address"),
    ],
)
def test_the_watch_reads_every_event(alice: Person, data: dict[str, Any], reason: str, what: str) -> None:
    with alice.acting(), transaction(), connection.cursor() as cursor:
        append("user.renamed", data, reason=reason)
        cursor.execute(LEAKS, PATTERNS)
        found = [(organization_id, kind, words) for organization_id, _, kind, words, _ in cursor.fetchall()]
        set_rollback(True)
    assert found == [(alice.organization_id, "user.renamed", what)]


def test_a_gifts_path_is_cleaned() -> None:
    """S17."""
    assert clean("Forbidden (Referer checking failed): /gifts/abcDEF-123") == (
        "Forbidden (Referer checking failed): /gifts/[left out]"
    )
