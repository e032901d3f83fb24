"""Lines of JSON that say who and where, and never what people wrote or know."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from quests import api
from saas.kernel.logs import HEAD_CHARACTERS, TAIL_CHARACTERS, PlainFormatter, clean, formatter
from tests.conftest import PASSWORD, Person, make_goal

pytestmark = pytest.mark.fast

CANARY = "canary-4f1d"


class Lines(list[dict[str, Any]]):
    """What was logged, line by line."""

    text = ""

    def about(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self if line["event"].startswith(event)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as production writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    requests, root = logging.getLogger("saas.web.requests"), logging.getLogger()
    before = requests.level
    requests.setLevel(logging.INFO)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    requests.setLevel(before)


def lines(log: io.StringIO) -> Lines:
    """Return the lines, each of which must be JSON of its own."""
    found = Lines(json.loads(line) for line in log.getvalue().splitlines())
    found.text = log.getvalue()
    return found


def test_a_line_says_who_acted_for_whom_in_which_request(alice: Person, log: io.StringIO) -> None:
    answer = alice.get("/goals")
    [line] = lines(log).about("request")
    assert line["request_id"] == answer["X-Request-Id"]
    assert (line["organization_id"], line["user_id"]) == (str(alice.organization_id), str(alice.user.pk))
    assert (line["method"], line["route"], line["status"]) == ("GET", "api/v1/goals", 200)
    assert line["key"] and line["key"] not in alice.api_key and line["level"] == "info" and line["milliseconds"] > 0


def test_what_people_wrote_and_know_is_in_no_line(
    alice: Person, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = make_goal(alice, CANARY)
    browser = alice.browser()
    alice.post("/quests", {"goal": str(goal.id)})
    alice.post("/lead-lists", {"goal": str(goal.id), "brief": CANARY})
    alice.post("/goals", {"title": CANARY, "target_amount": CANARY})
    browser.get(f"/invitations/{CANARY}")
    browser.get(f"/goals?q={CANARY}")
    Client().post("/accounts/login/", {"login": f"{CANARY}@example.com", "password": CANARY})
    Client().get(f"/accounts/password/reset/key/1-{CANARY}/")
    Client().get("/api/v1/goals", headers={"Authorization": f"Bearer mp_live_{CANARY}"})

    def refuse(*args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE one (name text UNIQUE)")
            cursor.execute(f"INSERT INTO one VALUES ('{CANARY}\n{alice.user.email}'), ('{CANARY}\n{alice.user.email}')")

    monkeypatch.setattr(api.GoalsResource, "get", refuse)
    client = Client(raise_request_exception=False)
    answer = client.get(f"/api/v1/goals?secret={CANARY}", headers={"Authorization": f"Bearer {alice.api_key}"})
    assert answer.status_code == 500
    found = lines(log)
    [broken] = found.about("Internal Server Error")
    assert "IntegrityError" in broken["exception"]
    assert broken["request_id"] == answer["X-Request-Id"]
    assert len(found) >= 9
    cookie = browser.cookies["sessionid"].value
    for secret in (CANARY, alice.user.email, alice.api_key, PASSWORD, cookie):
        assert secret not in found.text


def test_a_line_break_in_what_was_sent_begins_no_second_line(alice: Person, log: io.StringIO) -> None:
    name = str(uuid4())
    Client().get(f"/nowhere/%0d%0a{{%22event%22:%22{name}%22}}")
    Client().get("/", headers={"X-Request-Id": f"aaaaaaaa\r\n{name}", "User-Agent": f"x\r\n{name}"})
    logging.getLogger("somebody").error('a\r\n{"event": "%s"}\u2028b', name)
    assert [line for line in lines(log) if line["event"] == name] == []
    assert [line["event"] for line in lines(log) if line["logger"] == "somebody"] == [
        f'a\r\n{{"event": "{name}"}}\u2028b'
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("key mp_live_abcdefghijklmnopqrstuvwx123456 refused", "key mp_live_…3456 refused"),
        ("Authorization: Bearer abc.def", "Authorization: [left out] [left out]"),
        ("stripe sk_live_51H8abcdefgh and whsec_abcdefgh12", "stripe sk_[left out] and whsec_[left out]"),
        ("mail to ann+x@mail.example.com failed", "mail to [address] failed"),
        ("password='hunter2' user=3", "password=[left out] user=3"),
        ("GET /goals?q=mine HTTP", "GET /goals?[left out] HTTP"),
        ("POST /gifts/secret-of-a-gift HTTP", "POST /gifts/[left out] HTTP"),
        ("broke DETAIL: Key (a)=(b)\n is there", "broke DETAIL: [left out]"),
        ("HINT: one\n\nDuring handling, two", "HINT: [left out]\n\nDuring handling, two"),
        ("charged 3 tokens: 197 left", "charged 3 tokens: 197 left"),
    ],
)
def test_a_line_is_cleaned_once_more(said: str, kept: str) -> None:
    assert clean(said) == kept


def test_a_long_text_is_cut_between_words_and_lines() -> None:
    lines = "\n".join(f"line {n} of ann@example.com" for n in range(10_000))
    cut = clean(lines)
    assert len(cut) <= HEAD_CHARACTERS + TAIL_CHARACTERS
    assert cut.startswith("line 0 of [address]") and cut.endswith("line 9999 of [address]")
    assert "[cut]" in cut and "ann" not in cut

    key = "mp_live_" + "a" * 30
    for before in range(HEAD_CHARACTERS - 40, HEAD_CHARACTERS + 1):
        assert key[:12] not in clean("x " * (before // 2) + key + " y" * 10_000)
    assert len(clean("a" * 100_000)) < HEAD_CHARACTERS


def test_the_plain_form_is_cleaned_too(settings: Any) -> None:
    assert settings.LOGGING["formatters"]["plain"]["()"] == "saas.kernel.logs.PlainFormatter"
    try:
        raise ValueError("ann@example.com")
    except ValueError:
        record = logging.LogRecord("a", logging.ERROR, "", 1, "key %s", ("mp_live_" + "a" * 30,), sys.exc_info())
    text = PlainFormatter("%(levelname)s %(message)s").format(record)
    assert text.startswith("ERROR key mp_live_…aaaa\nTraceback") and text.endswith("ValueError: [address]")


def test_refused_hosts_and_forms_are_logged_by_route(log: io.StringIO) -> None:
    Client().get("/", headers={"Host": f"{CANARY}.example"})
    Client(enforce_csrf_checks=True).post(f"/gifts/{CANARY}", headers={"Origin": f"http://{CANARY}.example"})
    found = lines(log)
    [host] = found.about("refused a request to another host")
    [form] = found.about("CSRF check failed")
    assert form["event"] == "CSRF check failed: gifts/<str:secret>"
    assert host["request_id"] and form["request_id"]
    assert CANARY not in found.text
