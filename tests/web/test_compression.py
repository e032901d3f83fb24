"""Pages are compressed, unless words of the request may stand in them; nothing else is."""

import gzip
from typing import Any

import pytest
from django.test import Client

from tests.conftest import Person
from tests.pages import path_of

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def encoding(response: Any) -> str:
    return str(response.headers.get("Content-Encoding", ""))


def test_a_page_is_compressed_and_says_so(alice: Person) -> None:
    page = alice.browser().get(path_of("goals"), headers=GZIP)
    assert encoding(page) == "gzip"
    assert b"<h1>" in gzip.decompress(page.content)
    assert int(page["Content-Length"]) == len(page.content)
    assert "Accept-Encoding" in page["Vary"]
    assert page["Cache-Control"] == "no-store"


def test_who_takes_no_gzip_gets_none(alice: Person) -> None:
    page = alice.browser().get(path_of("goals"))
    assert encoding(page) == ""
    assert b"<h1>" in page.content
    assert "Accept-Encoding" in page["Vary"]


def test_its_length_does_not_tell_what_is_in_it() -> None:
    """As far as bytes of random number hide it: Django's answer to BREACH."""
    lengths = {len(Client().get("/offline", headers=GZIP).content) for _ in range(20)}
    assert len(lengths) > 1


def test_what_may_repeat_words_of_the_request_is_not_compressed(alice: Person) -> None:
    browser = alice.browser()
    made = browser.post(path_of("api_keys"), {"name": "till", "scopes": ["read"]}, headers=GZIP)
    assert b"mp_live_" in made.content
    refused = browser.post(path_of("new_goal"), {"title": "Win"}, headers=GZIP)
    answers = [made, refused, *(browser.get(path, headers=GZIP) for path in ("/goals?archived", "/nothing-here"))]
    assert [encoding(each) for each in answers] == [""] * 4
    assert all(b"<h1>" in each.content for each in answers)


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/api/schema", "/api/v1/goals", "/service-worker.js"])
def test_what_is_no_page_is_not_compressed(alice: Person, path: str) -> None:
    answer = Client().get(path, headers={**GZIP, "Authorization": f"Bearer {alice.api_key}"})
    assert answer.status_code == 200
    assert encoding(answer) == ""


def test_what_is_streamed_is_not_compressed(alice: Person) -> None:
    answer = alice.browser().get("/reports/goals.csv", headers=GZIP)
    assert answer.status_code == 200
    assert answer.streaming
    assert encoding(answer) == ""
