"""What an open page sends after its person was logged out: refused in plain words, with the way back."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import Person


def generate(client: Client, goal: Any, page: str, **headers: str) -> Any:
    """Press Generate on a page that is still open."""
    form = {"count": "1", "idempotency_key": str(uuid4())}
    return client.post(reverse("generate_quests", args=[goal.id]), form, headers={"Referer": page, **headers})


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("with_csrf", [False, True])
def test_it_says_so_and_leads_back_to_the_page(alice: Person, goal: Any, htmx: bool, with_csrf: bool) -> None:
    path = reverse("goal", args=[goal.id])
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{path}?a=1"} if htmx else {}
    answer = generate(Client(enforce_csrf_checks=with_csrf), goal, f"http://testserver{path}?a=1", **headers)
    said = answer.content.decode()
    assert answer.status_code == 401 and "You are logged out" in said and "open for too long" not in said
    link = f"{reverse('account_login')}?next={quote(f'{path}?a=1')}"
    assert f'href="{link}"' in said
    form = Client().get(link).content.decode()
    assert f'value="{path}?a=1"' in form, "the login leads back"
    assert not alice.get("/tokens/holds").json()["data"]


@pytest.mark.parametrize("page", ["https://evil.example/goals", "javascript:alert(1)", "", "//evil.example"])
def test_another_sites_page_is_no_way_back(goal: Any, page: str) -> None:
    said = generate(Client(), goal, page).content.decode()
    assert f'href="{reverse("account_login")}?next=/"' in said and "evil" not in said


def test_a_stale_page_of_somebody_who_is_logged_in_says_that(alice: Person, goal: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = generate(client, goal, "http://testserver/")
    assert answer.status_code == 403 and "open for too long" in answer.content.decode()
