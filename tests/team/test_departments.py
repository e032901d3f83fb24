"""Departments and quotas over the API: what is used and left, and which one refuses."""

from typing import Any

import pytest

from saas.accounts.models import Membership
from tests.answers import refusal
from tests.conftest import Person, hire, make_goal
from tests.team.people import place

pytestmark = pytest.mark.fast


def test_a_department_is_made_renamed_and_removed_and_its_people_stay(business: Any) -> None:
    alice = business("enterprise")
    made = alice.post("/departments", {"name": "Kitchen"}).json()
    assert refusal(alice.post("/departments", {"name": "Kitchen"})) == (409, "conflict")
    where = f"/departments/{made['id']}"
    assert alice.patch(place(alice), {"department": made["id"]}).json()["department"] == made["id"]
    assert alice.patch(where, {"name": "Bakery"}).json()["members"] == 1
    quota = alice.post("/quotas", {"scope": "department", "subject": made["id"], "tokens": 9}).json()
    assert [row["name"] for row in alice.get("/departments").json()["data"]] == ["Bakery"]
    assert alice.delete(where).status_code == 204
    assert refusal(alice.delete(where)) == (404, "not_found")
    assert refusal(alice.get(f"/quotas/{quota['id']}")) == (404, "not_found")
    assert alice.get(place(alice)).json()["department"] is None


def test_departments_and_quotas_come_with_enterprise(alice: Person) -> None:
    for path, body in (("/departments", {"name": "Shop"}), ("/quotas", {"scope": "organization", "tokens": 1})):
        refused = alice.post(path, body)
        assert refusal(refused) == (403, "feature_not_in_plan")
        assert refused.json()["needed_plan"] == "enterprise"


def test_a_quota_tells_used_and_left_and_the_tightest_refuses(business: Any) -> None:
    alice = business("enterprise")
    bob = hire(alice)
    department = alice.post("/departments", {"name": "Kitchen"}).json()["id"]
    with alice.acting():
        Membership.objects.filter(user=bob.user).update(department_id=department)
    whole = alice.post("/quotas", {"scope": "organization", "tokens": 100}).json()
    alice.post("/quotas", {"scope": "user", "subject": str(bob.user.pk), "tokens": 50})
    tight = alice.post("/quotas", {"scope": "department", "subject": department, "tokens": 8}).json()
    assert bob.post("/tokens/holds", {"amount": 5, "purpose": "ours"}).status_code == 201
    refused = bob.post("/tokens/holds", {"amount": 4, "purpose": "ours"})
    assert refusal(refused) == (403, "quota_reached")
    assert {name: refused.json()[name] for name in ("scope", "limit", "used", "needed")} == {
        "scope": "department",
        "limit": 8,
        "used": 5,
        "needed": 4,
    }
    quotas = {row["scope"]: row for row in alice.get("/quotas").json()["data"]}
    assert {scope: (row["used"], row["left"]) for scope, row in quotas.items()} == {
        "organization": (5, 95),
        "user": (5, 45),
        "department": (5, 3),
    }
    assert quotas["user"]["resets_at"] == alice.get("/tokens/balance").json()["resets_at"]
    assert alice.get(f"/departments/{department}").json()["used"] == 5
    assert alice.get(place(bob)).json()["quota"]["left"] == 45
    assert alice.patch(f"/quotas/{tight['id']}", {"tokens": 9}).json()["left"] == 4
    assert bob.post("/tokens/holds", {"amount": 4, "purpose": "ours"}).status_code == 201
    assert alice.delete(f"/quotas/{whole['id']}").status_code == 204
    assert refusal(alice.delete(f"/quotas/{whole['id']}")) == (404, "not_found")


def test_use_counts_without_a_quota(alice: Person) -> None:
    goal = make_goal(alice)
    alice.post("/quests", {"goal": str(goal.id)})
    assert alice.get(place(alice)).json()["used"] == 3
