"""Throttles: few tries for a guesser, none that locks somebody else out, and none that needs Redis."""

from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from saas.web import attempts
from saas.web.models import Counter
from saas.web.tasks import forget_counters
from tests.conftest import PASSWORD, Person
from tests.machinery import at_once
from tests.team.factors import SEED, code_of


def log_in_from(
    host: str, person: Person, password: str = PASSWORD, *, client: Client | None = None, **extra: Any
) -> bool:
    """Return True if the login was taken."""
    fields = {"login": person.user.email, "password": password}
    answer = (client or Client()).post("/accounts/login/", fields, REMOTE_ADDR=host, **extra)
    return answer.status_code == 302


def guess(host: str, person: Person, times: int, **extra: Any) -> None:
    for _ in range(times):
        assert not log_in_from(host, person, "wrong", **extra)


def test_a_guesser_has_few_tries_from_a_block_and_locks_nobody_else_out(alice: Person, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    home = Client()
    assert log_in_from("198.51.100.7", alice, client=home)
    home.post("/accounts/logout/")
    for number in range(12):  # from as many blocks as many addresses, as many hosts
        host = {"HTTP_HOST": "other.example"} if number % 2 else {}
        guess(f"203.0.{number}.{number}", alice, 1, **host)
    assert log_in_from("192.0.2.99", alice), "the right password, from somewhere else"
    guess("203.0.200.1", alice, attempts.PER_BLOCK[0])
    assert not log_in_from("203.0.200.250", alice), "the same block, the right password"
    assert not log_in_from("203.0.200.250", alice, HTTP_HOST="other.example"), "whatever the host is called"
    assert log_in_from("203.0.200.1", alice, client=home), "a device that logged in before, even from there"


def test_a_guesser_with_many_addresses_is_stopped_and_the_owner_gets_in(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "PER_ACCOUNT", (4, 900))
    home = Client()
    assert log_in_from("198.51.100.7", alice, client=home)
    home.post("/accounts/logout/")
    for number in range(6):
        guess(f"203.1.{number}.1", alice, 1)
    assert not log_in_from("192.0.2.5", alice), "a stranger's place meets the limit of the account"
    assert log_in_from("192.0.2.5", alice, client=home), "a known device does not"
    mail.outbox.clear()
    new = Client()
    new.post("/accounts/password/reset/", {"email": alice.user.email}, REMOTE_ADDR="192.0.2.6")
    [link] = [word for word in mail.outbox[0].body.split() if "/accounts/password/reset/key/" in word]
    form = new.get("/accounts" + link.split("/accounts", 1)[1], REMOTE_ADDR="192.0.2.6", follow=True).redirect_chain[
        -1
    ][0]
    fresh = "another horse battery staple"
    assert new.post(form, {"password1": fresh, "password2": fresh}, REMOTE_ADDR="192.0.2.6").status_code == 302
    for number in range(10, 16):
        guess(f"203.1.{number}.1", alice, 1)
    assert log_in_from("192.0.2.6", alice, fresh, client=new), "who has just read the mail gets in"


def test_nobody_makes_a_device_known_by_hand(alice: Person, mallory: Person) -> None:
    hers = Client()
    assert log_in_from("198.51.101.7", mallory, client=hers)
    guess("203.2.0.1", alice, attempts.PER_BLOCK[0])
    for cookie in (hers.cookies[attempts.DEVICE_COOKIE].value, "x", "e30:x:y"):
        forged = Client()
        forged.cookies[attempts.DEVICE_COOKIE] = cookie
        assert not log_in_from("203.2.0.2", alice, client=forged)


def test_limits_hold_and_login_works_without_redis(alice: Person, mallory: Person, settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    cache.clear()
    assert log_in_from("203.3.0.1", alice)
    guess("203.3.1.1", mallory, attempts.PER_BLOCK[0])
    assert not log_in_from("203.3.1.1", mallory)
    statuses = [
        Client()
        .post("/accounts/signup/", {"email": f"{uuid4().hex}@example.com", "password1": "1"}, REMOTE_ADDR="203.3.2.1")
        .status_code
        for _ in range(attempts.POSTS["account_signup"][1] + 1)
    ]
    assert statuses[-2:] == [200, 429]
    resets = [
        Client().post("/accounts/password/reset/", {"email": alice.user.email}, REMOTE_ADDR="203.3.3.1").status_code
        for _ in range(attempts.POSTS["account_reset_password"][1] + 1)
    ]
    assert resets[-2:] == [302, 429]


def test_visitors_have_few_mails_sent_to_an_address(settings: Any) -> None:
    mail.outbox.clear()
    address = f"{uuid4().hex}@example.com"
    answers = {
        Client().post("/accounts/password/reset/", {"email": spelling}, REMOTE_ADDR=f"203.4.{number}.1").status_code
        for number, spelling in enumerate([address, address.upper()] * 5)
    }
    assert answers == {302} and len(mail.outbox) == attempts.MAILS[0]


def test_codes_are_not_guessed(alice: Person) -> None:
    TOTP.activate(alice.user, SEED)
    browser = Client()
    assert log_in_from("203.5.0.1", alice, client=browser)
    for _ in range(attempts.CODES[0]):
        assert browser.post(reverse("mfa_authenticate"), {"code": "000000"}, REMOTE_ADDR="203.5.0.1").status_code == 200
    late = browser.post(reverse("mfa_authenticate"), {"code": code_of(SEED)}, REMOTE_ADDR="203.5.0.1")
    assert late.status_code == 200 and "Too many attempts" in late.content.decode()


def test_counting_is_exact_and_forgotten_in_time(superuser: Any) -> None:
    from saas.web import counters

    key = uuid4().hex
    counted = at_once([lambda: counters.count(key, seconds=60)] * 8)
    assert sorted(each.number for each in counted if isinstance(each, counters.Count)) == list(range(1, 9))
    superuser.execute("UPDATE web_counter SET ends_at = now() - interval '1 second'")
    assert counters.count(key, seconds=60).number == 1
    superuser.execute("UPDATE web_counter SET ends_at = now() - interval '1 second'")
    assert forget_counters() >= 1 and not Counter.objects.exists()
