"""Logins and what changes an account are in the audit log: stored first, recorded by a job, never a flood."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client

from audit.models import PLATFORM, Event
from saas.kernel import tenancy
from saas.kernel.models import SetAsideItem
from saas.team.actions import record_activity
from saas.team.activity import address_block
from saas.team.models import AccountActivity
from tests.conftest import PASSWORD, Person
from tests.machinery import at_once
from tests.team.factors import code_of

pytestmark = pytest.mark.own_database

BLOCK = "203.0.113.0/24"


@pytest.fixture(autouse=True)
def _recorded_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record what other tests left; no window ends by itself while a test runs."""
    monkeypatch.setattr("saas.team.activity.WINDOW", timedelta(days=20_000))
    windows_end()
    record_activity()
    cache.clear()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("saas.team.activity")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def login(email: str, password: str, *, address: str = "203.0.113.9") -> Client:
    client = Client(REMOTE_ADDR=address)
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def windows_end() -> None:
    """Let the windows of failures end now."""
    late = AccountActivity.objects.filter(window_starts_at__isnull=False)
    late.update(due_at=Now(), window_starts_at=F("window_starts_at") - timedelta(days=1))


def events_about(user: Any, chain: Any = PLATFORM) -> list[Event]:
    with tenancy.system():
        return list(Event.objects.filter(organization_id=chain, data__user=str(user.pk)).order_by("seq"))


def kinds_about(user: Any, chain: Any = PLATFORM) -> list[str]:
    return [event.kind for event in events_about(user, chain) if event.kind.startswith("user.")]


def test_a_login_and_a_logout_are_events_without_addresses(alice: Person, log: io.StringIO) -> None:
    """S9."""
    client = login(alice.user.email.upper(), PASSWORD)
    client.post("/accounts/logout/")
    record_activity()
    assert kinds_about(alice.user) == ["user.logged_in", "user.logged_out"]
    [entered, _] = events_about(alice.user)
    assert (entered.data["address"], entered.data["methods"]) == (BLOCK, ["password"])
    assert (entered.actor["kind"], entered.actor["user_id"]) == ("user", str(alice.user.pk))
    assert kinds_about(alice.user, alice.organization_id) == [], "logins are no news for the organization"
    assert f"user.logged_in: user {alice.user.pk} from {BLOCK}" in log.getvalue()
    assert alice.user.email not in log.getvalue() and "203.0.113.9" not in log.getvalue()
    assert record_activity() == 0


def test_failures_are_one_event_and_few_lines_a_window(alice: Person, log: io.StringIO) -> None:
    """S9: who guesses does not fill the log."""
    for number in range(12):
        login(alice.user.email, "wrong", address=f"203.0.113.{number}")
        cache.clear()
        login(f"{uuid4().hex}@example.com", "wrong", address=f"203.0.113.{number}")
    assert record_activity() == 0, "a window that is open still counts"
    windows_end()
    record_activity()
    [failed] = [event for event in events_about(alice.user) if event.kind == "user.login_failed"]
    assert (failed.data["times"], failed.data["address"], failed.actor["kind"]) == (12, BLOCK, "system")
    with tenancy.system():
        unknown = Event.objects.filter(kind="user.login_failed", data__user=None).order_by("-seq").first()
    assert unknown is not None and unknown.data["times"] == 12
    lines = log.getvalue().splitlines()
    assert len(lines) == 4 and f"user {alice.user.pk} from {BLOCK}, 10 times" in log.getvalue()
    assert "@" not in log.getvalue()


def test_very_many_failures_become_a_sum(monkeypatch: pytest.MonkeyPatch, alice: Person) -> None:
    monkeypatch.setattr("saas.team.actions.activity.FAILURES_A_RUN", 2)
    for number in range(5):
        login(f"{uuid4().hex}@example.com", "wrong", address=f"198.18.{number}.1")
    windows_end()
    with tenancy.system():
        before = Event.objects.filter(organization_id=PLATFORM, kind="user.login_failed").count()
        assert record_activity() == 5
        failed = Event.objects.filter(organization_id=PLATFORM, kind="user.login_failed").order_by("-seq")
        assert failed.count() == before + 3
        assert (failed[0].data["address"], failed[0].data["accounts"]) == ("many", 3)


def test_changes_of_password_address_and_factors_are_in_the_organizations_chain_too(alice: Person) -> None:
    """S9."""
    client = login(alice.user.email, PASSWORD)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    new = f"{uuid4().hex}@example.com"
    EmailAddress.objects.create(user=alice.user, email=new, verified=True)
    client.post("/accounts/email/", {"action_primary": "", "email": new})
    changed = {"oldpassword": PASSWORD, "password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!"}
    assert client.post("/accounts/password/change/", changed).status_code == 302
    record_activity()
    expected = {"user.factor_added", "user.email_changed", "user.password_changed"}
    for chain in (PLATFORM, alice.organization_id):
        assert expected <= set(kinds_about(alice.user, chain))
        assert not any(new in str(event.data) or secret in str(event.data) for event in events_about(alice.user, chain))
    [moved] = [event for event in events_about(alice.user) if event.kind == "user.email_changed"]
    assert moved.data["to_address_id"] == EmailAddress.objects.get(email=new).pk
    assert Authenticator.objects.filter(user=alice.user).exists()


def test_a_login_neither_waits_for_the_audit_log_nor_fails_with_it(
    alice: Person, superuser: psycopg.Connection, log: io.StringIO
) -> None:
    """S9: the chains' locks are held by somebody else, then the table itself is gone."""
    with superuser.transaction():
        superuser.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(PLATFORM)])
        superuser.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(alice.organization_id)])
        assert login(alice.user.email, PASSWORD).get("/goals").status_code == 200
    superuser.execute("ALTER TABLE team_accountactivity RENAME TO team_accountactivity_away")
    try:
        assert login(alice.user.email, PASSWORD).get("/goals").status_code == 200
    finally:
        superuser.execute("ALTER TABLE team_accountactivity_away RENAME TO team_accountactivity")
    assert "could not be stored" in log.getvalue()
    record_activity()
    assert kinds_about(alice.user) == ["user.logged_in"]


def test_workers_at_once_record_everything_once_and_one_bad_row_stops_no_other(alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        login(person.user.email, PASSWORD)
    bad = AccountActivity.objects.filter(user_id=bob.user.pk)
    bad.update(kind="user.unheard_of")
    sums = at_once([record_activity] * 3)
    assert sum(each for each in sums if isinstance(each, int)) == 1, sums
    assert kinds_about(alice.user) == ["user.logged_in"]
    with tenancy.system():
        assert SetAsideItem.objects.filter(job="record_activity", item=str(bad.get().pk)).exists()
    bad.delete()


def test_a_block_hides_the_address() -> None:
    assert address_block("203.0.113.77") == BLOCK
    assert address_block("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert address_block("local") == address_block("") == ""
