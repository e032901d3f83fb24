"""API keys: no more than their maker, replaced with an overlap, ended at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from saas.accounts.models import ApiKey
from saas.kernel.clock import database_now
from tests.answers import refusal
from tests.conftest import Person, hire
from tests.machinery import at_once
from tests.team.people import make, place, using

pytestmark = pytest.mark.fast


def test_a_key_works_within_its_scopes_and_is_shown_once(alice: Person) -> None:
    made = make(alice, "read", "organization:write", requests_per_minute=60).json()
    assert made["key"].startswith("mp_live_") and made["status"] == "active"
    key = using(alice, made["key"])
    assert key.get("/license").headers["RateLimit-Policy"] == '"minute";q=60;w=60'
    assert refusal(key.post("/goals", {"title": "Grow", "target_amount": "1.00"})) == (403, "scope_missing")
    [listed] = [row for row in alice.get("/api-keys").json()["data"] if row["id"] == made["id"]]
    assert listed["last_used_at"] is not None and made["key"] not in str(listed)
    assert alice.patch(f"/api-keys/{made['id']}", {"name": "shop"}).json()["name"] == "shop"


def test_a_key_cannot_give_what_it_or_its_maker_lacks(alice: Person, bob: Person) -> None:
    admin = hire(alice, "admin")
    assert refusal(make(admin, "read", "billing:write")) == (403, "scope_missing")
    narrow = using(alice, make(alice, "read", "organization:write").json()["key"])
    wider = make(narrow, "read", "ai")
    assert refusal(wider) == (403, "scope_missing") and wider.json()["missing"] == ["ai"]
    assert make(narrow, "read").status_code == 201
    assert refusal(make(bob, "read")) == (403, "scope_missing")
    assert bob.browser().get("/api/v1/api-keys").status_code == 403
    [owners] = [row for row in alice.get("/api-keys").json()["data"] if "billing:write" in row["scopes"]]
    escalation = admin.post(f"/api-keys/{owners['id']}/rotate", {})
    assert refusal(escalation) == (403, "scope_missing"), "rotating must not hand out an owner's rights"


def test_a_key_loses_what_its_maker_loses(alice: Person) -> None:
    admin = hire(alice, "admin")
    assert admin.get("/api-keys").status_code == 200
    assert alice.patch(place(admin), {"role": "member"}).status_code == 200
    assert refusal(admin.get("/api-keys")) == (403, "scope_missing")
    assert admin.get("/license").status_code == 200


def test_rotation_overlaps_and_happens_once(alice: Person) -> None:
    expires_at = database_now() + timedelta(days=30)
    made = make(alice, "read", expires_at=expires_at.isoformat()).json()
    rotate = f"/api-keys/{made['id']}/rotate"
    answers = at_once([lambda: alice.post(rotate, {"overlap_hours": 2})] * 3)
    codes = sorted(answer.status_code for answer in answers if not isinstance(answer, Exception))
    assert codes == [201, 409, 409]
    [new] = [answer.json() for answer in answers if answer.status_code == 201]  # type: ignore[union-attr]
    assert (new["replaces"], new["scopes"], new["name"]) == (made["id"], ["read"], "till")
    lifetime = datetime.fromisoformat(new["expires_at"]) - datetime.fromisoformat(new["created_at"])
    assert abs(lifetime - timedelta(days=30)) < timedelta(minutes=1)
    end = datetime.fromisoformat(alice.get(f"/api-keys/{made['id']}").json()["expires_at"]) - database_now()
    assert timedelta(hours=1, minutes=59) < end < timedelta(hours=2)
    assert [using(alice, key["key"]).get("/license").status_code for key in (made, new)] == [200, 200]
    with alice.acting():
        ApiKey.objects.filter(id=made["id"]).update(expires_at=database_now())
    assert [using(alice, key["key"]).get("/license").status_code for key in (made, new)] == [401, 200]
    assert alice.get(f"/api-keys/{made['id']}").json()["status"] == "expired"


def test_a_lost_replacement_is_revoked_and_replaced_again(alice: Person) -> None:
    made = make(alice, "read").json()
    lost = alice.post(f"/api-keys/{made['id']}/rotate").json()
    assert alice.delete(f"/api-keys/{lost['id']}").status_code == 204
    assert using(alice, lost["key"]).get("/license").status_code == 401
    assert alice.post(f"/api-keys/{made['id']}/rotate", {"overlap_hours": 0}).status_code == 201
    assert using(alice, made["key"]).get("/license").status_code == 401
    assert refusal(alice.post(f"/api-keys/{made['id']}/rotate")) == (404, "not_found")


def test_use_is_noted_once_a_minute(alice: Person, django_assert_num_queries: Any) -> None:
    key = using(alice, make(alice, "read").json()["key"])
    key.get("/license")
    with django_assert_num_queries(2):
        key.get("/license")


@pytest.mark.parametrize("days", ["", "30"])
def test_the_page_makes_rotates_and_revokes(alice: Person, days: str) -> None:
    browser = alice.browser()
    page = browser.post("/settings/api-keys", {"name": "till", "scopes": ["read"], "expires_at": days})
    first = page.content.decode().split('id="new-key" value="')[1].split('"')[0]
    with alice.acting():
        key = ApiKey.objects.get(name="till")
    assert (key.expires_at is None) == (days == "")
    page = browser.post(f"/settings/api-keys/{key.id}/rotate", {"overlap_hours": "1"})
    second = page.content.decode().split('id="new-key" value="')[1].split('"')[0]
    assert second != first
    assert browser.post(f"/settings/api-keys/{key.id}/rotate", {"overlap_hours": "1"}).status_code == 302
    assert [using(alice, secret).get("/license").status_code for secret in (first, second)] == [200, 200]
    assert first not in browser.get("/settings/api-keys").content.decode()
