"""Passwords that somebody who knows Milepost would try first are refused, any others are not."""

import re
from collections.abc import Iterator
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from saas.accounts.leaks import LeakedValidator
from saas.accounts.models import User
from saas.accounts.passwords import WORDS
from tests.conftest import PASSWORD, Person

pytestmark = pytest.mark.fast

LEAKED = "correct horse battery staple"
DIGEST = sha1(LEAKED.encode(), usedforsecurity=False).hexdigest().upper()
OTHER = sha1(b"an unlucky neighbour", usedforsecurity=False).hexdigest().upper()
ANSWERS = {"/range/" + DIGEST[:5]: f"{'0' * 35}:3\r\n{DIGEST[5:]}:1234\r\n", "/range/" + OTHER[:5]: f"{OTHER[5:]}:0"}


class PwnedPasswords(BaseHTTPRequestHandler):
    """Answers as Pwned Passwords does; any other path is an error of its."""

    def do_GET(self) -> None:
        """Answer with the rests of the hashes that begin so."""
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200 if self.path in ANSWERS else 500)
        self.end_headers()
        self.wfile.write(ANSWERS.get(self.path, "").encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def asked(settings: Any) -> Iterator[list[str]]:
    """Ask a server on this machine about leaks; yield what it was asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), PwnedPasswords) as server:
        server.asked = []  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        validator = "saas.accounts.leaks.LeakedValidator"
        url = f"http://127.0.0.1:{server.server_port}/range/"
        settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": validator, "OPTIONS": {"url": url}}]
        yield server.asked  # type: ignore[attr-defined]
        server.shutdown()


def test_a_leaked_password_is_refused(asked: list[str], alice: Person) -> None:
    """ASVS 6.2.12: at sign-up and at a change; only five digits of the hash are told."""
    visitor = Client(REMOTE_ADDR="10.93.7.1")
    address = f"{uuid4().hex}@example.com"
    answer = visitor.post("/accounts/signup/", {"email": address, "password1": LEAKED, "name": "Ann"})
    assert "use nowhere else" in answer.content.decode()
    assert not User.objects.filter(email=address).exists()
    browser = alice.browser()
    change = {"oldpassword": PASSWORD, "password1": LEAKED, "password2": LEAKED}
    assert "use nowhere else" in browser.post("/accounts/password/change/", change).content.decode()
    assert set(asked) == {"/range/" + DIGEST[:5]}


def test_no_answer_about_leaks_keeps_nobody_out(asked: list[str]) -> None:
    validate_password("an unlucky neighbour")  # only listed to fill the answer up
    validate_password("nothing is known of this one")  # the server fails
    LeakedValidator("http://127.0.0.1:9/range/").validate(LEAKED)
    assert len(asked) == 2


@pytest.mark.parametrize("password", ["milepost-demo", "Milepost2026!", "QuestGoalToken", "admin1234", "ledgerledger"])
def test_our_own_words_make_no_password(password: str) -> None:
    with pytest.raises(ValidationError, match="milepost"):
        validate_password(password)


@pytest.mark.parametrize("password", ["correct horse battery staple", "milepost83619475", "zq8-Tv!m2", "x" * 64])
def test_others_do_whatever_they_are_made_of(password: str) -> None:
    validate_password(password)


def test_the_words_are_written_down() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text()
    assert set(WORDS) <= set(re.findall(r"\w+", text))
