"""Second factors and fresh logins: seeds are encrypted, hashes renewed, and what matters is confirmed first."""

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import psycopg
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import connections
from django.test import Client
from django.urls import reverse

from audit.models import Event
from saas.accounts.models import ApiKey, User
from tests.conftest import PASSWORD, Person, log_in
from tests.team.factors import SEED, code_of

LONG_AGO = 3600


def in_database(superuser: psycopg.Connection, user: User) -> str:
    return json.dumps(
        superuser.execute("SELECT data FROM mfa_authenticator WHERE user_id = %s", [user.pk]).fetchall(), default=str
    )


def test_seeds_lie_encrypted_and_log_in_all_the_same(alice: Person, superuser: psycopg.Connection) -> None:
    TOTP.activate(alice.user, SEED)
    codes = RecoveryCodes.activate(alice.user)
    seed = codes.instance.wrap()._get_migrated_codes() or codes.generate_codes()
    stored = in_database(superuser, alice.user)
    assert SEED not in stored and "gAAAA" in stored and len(seed) == 10
    browser = Client()
    first = browser.post("/accounts/login/", {"login": alice.user.email, "password": PASSWORD}, REMOTE_ADDR="10.93.0.1")
    assert first.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert browser.post(reverse("mfa_authenticate"), {"code": code_of(SEED)}).headers["Location"] == "/"
    assert browser.get("/goals").status_code == 200


def test_a_code_lives_for_its_half_minute(alice: Person) -> None:
    """ASVS 6.5.5."""
    TOTP.activate(alice.user, SEED)
    totp = Authenticator.objects.get(user=alice.user, type="totp").wrap()
    code = code_of(SEED)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=30)):
        assert not totp.validate_code(code)
    assert totp.validate_code(code)


def test_the_migration_encrypts_what_stood_in_clear_and_nothing_twice(
    alice: Person, superuser: psycopg.Connection
) -> None:
    Authenticator.objects.create(user=alice.user, type="totp", data={"secret": SEED})
    Authenticator.objects.create(user=alice.user, type="recovery_codes", data={"seed": "f00d" * 20, "used_mask": 1})
    migration: Any = import_module("saas.team.migrations.0004_encrypted_factors")

    class Editor:
        connection = connections["default"]

    from saas.kernel.transactions import transaction

    with transaction():
        migration.encrypt(apps, Editor)
    once = in_database(superuser, alice.user)
    assert SEED not in once and "f00d" not in once
    with transaction():
        migration.encrypt(apps, Editor)
    assert in_database(superuser, alice.user) == once
    totp = Authenticator.objects.get(user=alice.user, type="totp").wrap()
    assert totp.validate_code(code_of(SEED))
    assert len(Authenticator.objects.get(user=alice.user, type="recovery_codes").wrap().get_unused_codes()) == 9


def test_a_login_renews_an_old_hash_with_argon2(alice: Person, settings: Any) -> None:
    from saas import settings as ours

    settings.PASSWORD_HASHERS = ours.PASSWORD_HASHERS
    User.objects.filter(id=alice.user.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    answer = Client().post(
        "/accounts/login/", {"login": alice.user.email, "password": PASSWORD}, REMOTE_ADDR="10.93.0.2"
    )
    assert answer.status_code == 302
    assert User.objects.get(id=alice.user.pk).password.startswith("argon2$argon2id$")


HOSTILE = [
    "",
    "null",
    "[]",
    "1",
    '"x"',
    "{}",
    '{"id": 1}',
    '{"rawId": "\\u00e9"}',
    '{"rawId": "é"}',
    '{"rawId": "AAAA", "response": []}',
    '{"id": "AAAA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "x",'
    ' "attestationObject": "x"}}',
    '{"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"clientDataJSON": "e30",'
    ' "authenticatorData": "AA", "signature": "AA", "userHandle": 1}}',
    '{"id": "A", "rawId": "/////", "type": 3, "response": {"clientDataJSON": 1}}',
    "[" * 20_000,
    '{"a":' * 3_000 + "1" + "}" * 3_000,
    "9" * 10_000,
]


def test_no_credential_breaks_a_page(alice: Person) -> None:
    browser = alice.browser()
    browser.raise_request_exception = False
    browser.get(reverse("mfa_add_webauthn"))
    for text in HOSTILE:
        answer = browser.post(reverse("mfa_add_webauthn"), {"credential": text, "name": "x"})
        assert answer.status_code == 200, text[:99]
    assert not Authenticator.objects.filter(user=alice.user).exists()
    for number, text in enumerate(HOSTILE):
        visitor = Client(raise_request_exception=False)
        host = f"10.94.{number}.1"
        visitor.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"}, REMOTE_ADDR=host)
        answer = visitor.post(reverse("mfa_login_webauthn"), {"credential": text}, REMOTE_ADDR=host)
        assert answer.status_code == 302 and answer.headers["Location"] == "/accounts/login/", text[:99]


GUARDED = [
    ("/settings/api-keys", {"name": "n8n", "scopes": ["read"]}),
    ("/settings/export", {}),
    ("/settings/close", {"name": "x"}),
    ("/billing/portal", {}),
    ("/billing/top-up", {}),
    ("/billing/overage", {"monthly_cap": "10"}),
    ("/plans/change", {"plan": "starter"}),
    ("/accounts/sessions/", {}),
    ("/accounts/email/", {"action_add": "", "email": "new@example.com"}),
]


@pytest.mark.parametrize(("path", "values"), GUARDED, ids=[path for path, _ in GUARDED])
def test_what_matters_is_confirmed_first_when_the_login_is_old(alice: Person, path: str, values: Any) -> None:
    answer = alice.browser(logged_in=LONG_AGO).post(path, values)
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/reauthenticate/?next=")
    fresh = alice.browser().post(path, values)
    assert not fresh.headers.get("Location", "").startswith("/accounts/reauthenticate/")


def test_what_was_asked_for_is_done_once_it_is_confirmed(alice: Person) -> None:
    browser = alice.browser(logged_in=LONG_AGO)
    asked = browser.post("/settings/api-keys", {"name": "n8n", "scopes": ["read"]})
    with alice.acting():
        assert not ApiKey.objects.filter(name="n8n").exists()
    where = asked.headers["Location"]
    wrong = browser.post(where, {"password": "wrong", "next": "/settings/api-keys"})
    assert wrong.status_code == 200
    done = browser.post(where, {"password": PASSWORD, "next": "/settings/api-keys"})
    assert done.status_code == 200 and "mp_live_" in done.content.decode()
    with alice.acting():
        assert ApiKey.objects.filter(name="n8n").count() == 1
    assert browser.get("/settings/api-keys").status_code == 200


def test_a_session_makes_no_key_over_the_api_after_a_while_and_a_key_does(alice: Person) -> None:
    body = {"name": "n8n", "scopes": ["read"]}

    def ask(seconds_ago: float) -> int:
        browser = alice.browser(logged_in=seconds_ago)
        return int(browser.post("/api/v1/api-keys", body, "application/json").status_code)

    assert (ask(LONG_AGO), ask(0)) == (403, 201)
    assert alice.post("/api-keys", body).status_code == 201


def test_an_organization_asks_everybody_for_a_second_factor(alice: Person, bob: Person) -> None:
    owner, member = alice.browser(), bob.browser()
    assert (
        "of your own first" in owner.post("/settings/second-factor", {"required": "yes"}, follow=True).content.decode()
    )
    assert member.get("/goals").status_code == 200
    TOTP.activate(alice.user, SEED)
    assert member.post("/settings/second-factor", {"required": "yes"}).status_code == 403
    owner.post("/settings/second-factor", {"required": "yes"})
    with alice.acting():
        assert Event.objects.filter(kind="organization.second_factor_changed", data={"required": True}).count() == 1
    assert owner.get("/goals").status_code == 200
    for path in ("/goals", "/settings", "/ledger"):
        assert member.get(path).headers["Location"] == "/second-factor-required", path
    assert member.post("/goals/new", {"title": "x"}).headers["Location"] == "/second-factor-required"
    assert member.get("/api/v1/goals").status_code == 401
    asked = member.get("/second-factor-required").content.decode()
    assert "asks everybody for a second factor" in asked and reverse("mfa_index") in asked
    assert member.get(reverse("mfa_index")).status_code == 200
    assert bob.get("/goals").status_code == 200, "keys are not affected"
    TOTP.activate(bob.user, SEED)
    assert member.get("/goals").status_code == 200


def test_staff_need_a_second_factor_in_production_and_a_fresh_login_to_write(oscar: Any, settings: Any) -> None:
    staff = Client()
    log_in(staff, oscar)
    assert "You have no second factor" in staff.get("/admin/").content.decode()
    settings.STAFF_NEED_SECOND_FACTOR = True
    for path in ("/admin/", "/admin/accounts/user/", "/admin/business/"):
        assert staff.get(path).headers["Location"] == reverse("mfa_index"), path
    TOTP.activate(oscar, SEED)
    asked = staff.get("/admin/").headers["Location"]
    assert asked.startswith(reverse("mfa_reauthenticate")), "a session from before has not used it"
    assert staff.post(asked, {"code": code_of(SEED), "next": "/admin/"}).headers["Location"] == "/admin/"
    assert staff.get("/admin/").status_code == 200
    settings.STAFF_NEED_SECOND_FACTOR = False
    log_in(staff, oscar, seconds_ago=LONG_AGO)
    assert staff.get("/admin/accounts/user/").status_code == 200
    written = staff.post(reverse("admin:accounts_user_change", args=[oscar.pk]), {"is_staff": "on"})
    assert written.headers["Location"].startswith("/accounts/reauthenticate/")
    where = staff.post("/admin/accounts/user/", {"action": "x"}).headers["Location"]
    assert where.startswith("/accounts/reauthenticate/")
    done = staff.post(where, {"password": PASSWORD, "next": "/admin/accounts/user/"})
    assert done.status_code == 302 or "Select user to" in done.content.decode()
    log_in(staff, oscar, seconds_ago=LONG_AGO)
    assert staff.post("/admin/logout/").status_code == 200 and staff.get("/admin/").status_code == 302


def test_sessions_of_staff_end_idle_and_in_the_end(oscar: Any, alice: Person) -> None:
    staff = Client()
    log_in(staff, oscar)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        assert staff.get("/admin/").status_code == 200
        for _ in range(29):  # 12 h 5 min, never idle for half an hour
            clock.shift(25 * 60)
            last = staff.get("/admin/").status_code
        assert last == 302, "12 hours are over"
        log_in(staff, oscar)
        assert staff.get("/admin/").status_code == 200
        clock.shift(29 * 60)
        assert staff.get("/admin/").status_code == 200
        clock.shift(31 * 60)
        assert staff.get("/admin/").status_code == 302
        customer = alice.browser()
        clock.shift(24 * 3600)
        assert customer.get("/goals").status_code == 200
