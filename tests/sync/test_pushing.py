"""What a client pushes is applied once, kept beside what it contradicts, or refused with its reason: never lost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from audit.queries import events
from licensing.actions import payment_failed, payment_succeeded
from quests.models import Goal, RevenueEntry
from saas.accounts.keys import SCOPES
from saas.kernel.clock import database_now
from saas.team.actions import create_api_key
from tests.answers import STRAY, check_problem
from tests.conftest import Person, log_in, make_goal
from tests.machinery import at_once

GOAL = {"title": "Win the offices", "target_amount": "12000.00"}


def pointers(result: Any) -> list[str]:
    """Return where an invalid change is wrong."""
    return [error["pointer"] for error in result["errors"]]


def change(type_: str, id_: Any, base: int, data: Any = None, **also: Any) -> dict[str, Any]:
    """Return a change to push; without data it deletes."""
    sent = {"client_change_id": str(uuid4()), "type": type_, "id": str(id_), "base_version": base}
    return {**sent, **({"deleted": True} if data is None else {"data": data}), **also}


def push(person: Person, *changes: Any) -> list[dict[str, Any]]:
    """Push changes; return the results."""
    answer = person.post("/sync", {"changes": list(changes)})
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    assert len(results) == len(changes)
    return results


def entry_of(goal_id: Any, amount: str = "250.00") -> dict[str, Any]:
    return {"goal": str(goal_id), "amount": amount, "received_on": "2026-11-01", "note": "Fair"}


def kinds(person: Person) -> list[str]:
    with person.acting():
        return [event.kind for event in events().order_by("seq")]


def test_a_day_offline_comes_home_in_order(alice: Person, goal: Any) -> None:
    quest = alice.post("/quests", {"goal": str(goal.id)}).json()["quests"][0]
    new, entry = uuid4(), uuid4()
    done = [{"done": place == 0} for place in range(len(quest["steps"]))]
    results = push(
        alice,
        change("goal", new, 0, GOAL),
        change("revenue_entry", entry, 0, entry_of(new)),
        change("goal", goal.id, 1, {"title": "Win more", "due_on": "2027-06-30"}),
        change("quest", quest["id"], 1, {"steps": done}),
    )
    assert [(result["status"], result["version"]) for result in results] == [
        ("applied", 1),
        ("applied", 1),
        ("applied", 2),
        ("applied", 2),
    ]
    assert alice.get(f"/goals/{new}").json()["current_amount"] == "250.00"
    assert alice.get(f"/goals/{goal.id}").json()["title"] == "Win more"
    assert alice.get(f"/quests/{quest['id']}").json()["steps"][0]["done"] is True
    [edited, removed, archived] = push(
        alice,
        change("revenue_entry", entry, 1, {"amount": "300.00"}),
        change("revenue_entry", entry, 2),
        change("goal", goal.id, 2),
    )
    assert [each["status"] for each in (edited, removed, archived)] == ["applied"] * 3
    assert alice.get(f"/revenue-entries/{entry}").status_code == 404
    assert alice.get(f"/goals/{goal.id}").json()["status"] == "archived"
    assert alice.get(f"/goals/{new}").json()["current_amount"] == "0.00"
    wanted = ["goal.created", "revenue.recorded", "goal.updated", "quest.updated", "revenue.updated", "revenue.removed"]
    assert [kind for kind in kinds(alice) if kind in wanted][1:] == wanted


def test_a_change_pushed_again_is_answered_as_before_and_not_applied_again(alice: Person, goal: Any) -> None:
    made = [change("revenue_entry", uuid4(), 0, entry_of(goal.id)), change("goal", goal.id, 1, {"title": "Mine"})]
    conflicting = change("goal", goal.id, 1, {"title": "Also mine"})
    first = push(alice, *made, conflicting)
    before = kinds(alice)
    assert push(alice, *made, conflicting) == first
    assert push(alice, made[0], made[0]) == [first[0], first[0]]
    assert (kinds(alice), alice.get(f"/goals/{goal.id}").json()["current_amount"]) == (before, "250.00")
    assert len(alice.get("/sync/conflicts").json()["data"]) == 1
    [reused] = push(alice, {**made[1], "data": {"title": "Other"}})
    assert (reused["status"], pointers(reused)) == ("invalid", ["#/client_change_id"])


def test_the_same_change_at_the_same_moment_is_applied_once(alice: Person, goal: Any) -> None:
    sent = change("revenue_entry", uuid4(), 0, entry_of(goal.id))
    results = at_once([lambda: push(alice, sent)] * 5)
    assert all(result == results[0] for result in results), results
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "250.00"


def test_the_good_half_of_a_bad_batch_is_applied(alice: Person, goal: Any) -> None:
    new = uuid4()
    results = push(
        alice,
        change("goal", uuid4(), 0, {"title": "", "target_amount": "1.00"}),
        change("goal", new, 0, GOAL),
        change("goal", goal.id, 9, {"title": "From the future"}),
        change("revenue_entry", uuid4(), 0, entry_of(uuid4())),
        change("goal", goal.id, 1, {"organization": str(uuid4()), "title": "Mallory's"}),
        "not a change",
        change("quest", uuid4(), 0, {"step": 0, "done": True}),
        change("goal", goal.id, 1, {"title": "Good"}),
    )
    assert [result["status"] for result in results] == [
        "invalid", "applied", "invalid", "invalid", "invalid", "invalid", "invalid", "applied",
    ]  # fmt: skip
    wrong = [pointers(result) for result in results if result["status"] == "invalid"]
    fields = ["#/data/title", "#/base_version", "#/data/goal", "#/data/organization", "#", "#/type"]
    assert wrong == [[field] for field in fields]
    assert alice.get(f"/goals/{new}").status_code == 200
    assert alice.get(f"/goals/{goal.id}").json()["title"] == "Good"


def test_what_was_refused_may_be_sent_again_when_it_is_mended(alice: Person) -> None:
    bad = change("goal", uuid4(), 0, {"title": "x", "target_amount": "0.00"})
    [refused] = push(alice, bad)
    [mended] = push(alice, {**bad, "data": GOAL})
    assert (refused["status"], mended["status"]) == ("invalid", "applied")


def test_two_edits_of_one_version_are_both_kept_until_somebody_chooses(alice: Person, bob: Person, goal: Any) -> None:
    alice.patch(f"/goals/{goal.id}", {"title": "Alice's"})
    [kept] = push(bob, change("goal", goal.id, 1, {"title": "Bob's", "target_amount": "500.00"}))
    assert (kept["status"], kept["server"]["title"], kept["server"]["version"]) == ("conflict", "Alice's", 2)
    assert kept["yours"] == {"title": "Bob's", "target_amount": "500.00"}
    assert alice.get(f"/goals/{goal.id}").json()["title"] == "Alice's"
    [conflict] = alice.get("/sync/conflicts", status="open").json()["data"]
    assert (conflict["id"], conflict["yours"], conflict["server"]) == (kept["conflict"], kept["yours"], kept["server"])
    where = f"/sync/conflicts/{conflict['id']}"
    resolved = alice.post(f"{where}/resolve", {"keep": "mine"}).json()
    assert (resolved["status"], resolved["kept"], resolved["now"]["title"]) == ("resolved", "mine", "Bob's")
    assert alice.get(f"/goals/{goal.id}").json()["target_amount"] == "500.00"
    assert alice.post(f"{where}/resolve", {"keep": "mine"}).json() == resolved
    check_problem(alice.post(f"{where}/resolve", {"keep": "theirs"}), status=409, code="conflict")
    assert alice.get(where).json() == resolved
    assert alice.get("/sync/conflicts", status="open").json()["data"] == []
    assert [kind for kind in kinds(alice) if kind.startswith("sync.")] == ["sync.conflicted", "sync.resolved"]


def test_keeping_theirs_leaves_everything_and_ends_it(alice: Person, goal: Any) -> None:
    alice.patch(f"/goals/{goal.id}", {"title": "Here"})
    [kept] = push(alice, change("goal", goal.id, 1))
    resolved = alice.post(f"/sync/conflicts/{kept['conflict']}/resolve", {"keep": "theirs"}).json()
    assert (resolved["kept"], resolved["yours"], resolved["now"]["version"]) == ("theirs", None, 2)
    assert alice.get(f"/goals/{goal.id}").json()["status"] == "active"


def test_an_edit_of_what_was_removed_brings_it_back_when_it_is_kept(alice: Person, goal: Any) -> None:
    entry = uuid4()
    push(alice, change("revenue_entry", entry, 0, entry_of(goal.id, "1000000000.01")))
    alice.delete(f"/revenue-entries/{entry}")
    [kept] = push(alice, change("revenue_entry", entry, 1, {"note": "Fair, Saturday"}))
    assert (kept["status"], kept["server"]) == ("conflict", None)
    alice.post(f"/sync/conflicts/{kept['conflict']}/resolve", {"keep": "mine"})
    back = alice.get(f"/revenue-entries/{entry}").json()
    assert (back["amount"], back["note"], back["version"]) == ("1000000000.01", "Fair, Saturday", 3)
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "1000000000.01"


def test_progress_is_no_edit_unless_the_client_sets_it(alice: Person, goal: Any) -> None:
    alice.post("/revenue-entries", entry_of(goal.id))
    [amount] = push(alice, change("goal", goal.id, 1, {"current_amount": "9.00"}))
    [title] = push(alice, change("goal", goal.id, 1, {"title": "While money came in"}))
    assert (amount["status"], title["status"]) == ("conflict", "applied")
    assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "250.00"


def test_deleting_what_is_gone_is_done_already(alice: Person, goal: Any) -> None:
    entry = uuid4()
    push(alice, change("revenue_entry", entry, 0, entry_of(goal.id)), change("revenue_entry", entry, 1))
    [again] = push(alice, change("revenue_entry", entry, 1))
    assert (again["status"], again["version"]) == ("applied", 2)


def test_another_organizations_ids_are_not_found_and_nothing_of_it_changes(
    alice: Person, mallory: Person, goal: Any
) -> None:
    quest = alice.post("/quests", {"goal": str(goal.id)}).json()["quests"][0]["id"]
    entry = alice.post("/revenue-entries", entry_of(goal.id)).json()["id"]
    before = [alice.get(path).json() for path in (f"/goals/{goal.id}", f"/quests/{quest}", f"/revenue-entries/{entry}")]
    results = push(
        mallory,
        change("goal", goal.id, 1, {"title": "Mallory was here"}),
        change("goal", goal.id, 0, GOAL),
        change("goal", goal.id, 1),
        change("quest", quest, 1, {"step": 0, "done": True}),
        change("revenue_entry", entry, 1, {"amount": "1.00"}),
        change("revenue_entry", entry, 0, entry_of(make_goal(mallory).id)),
        change("revenue_entry", entry, 1),
    )
    assert {result["status"] for result in results} == {"not_found"}
    assert [set(result) for result in results] == [{"client_change_id", "type", "id", "status"}] * 7
    [pointing] = push(mallory, change("revenue_entry", uuid4(), 0, entry_of(goal.id)))
    assert (pointing["status"], pointers(pointing)) == ("invalid", ["#/data/goal"])
    after = [alice.get(path).json() for path in (f"/goals/{goal.id}", f"/quests/{quest}", f"/revenue-entries/{entry}")]
    assert after == before
    with mallory.acting():
        assert RevenueEntry.objects.count() == 0 and Goal.objects.count() == 1


def test_500_at_once_in_order_and_not_one_more(alice: Person) -> None:
    many = [
        change("goal", uuid4(), 0, {"title": f"Goal {n}", "target_amount": "1.00" if n % 10 == 0 else "0.00"})
        for n in range(501)
    ]
    check_problem(alice.post("/sync", {"changes": many}), status=422, code="validation_error")
    results = push(alice, *many[:500])
    assert [result["id"] for result in results] == [each["id"] for each in many[:500]]
    assert [result["status"] for result in results] == (["applied"] + ["invalid"] * 9) * 50


def test_while_sync_is_off_nothing_is_taken_and_later_everything(alice: Person, goal: Any) -> None:
    sent = change("goal", goal.id, 1, {"title": "Written offline"})
    with alice.acting():
        payment_failed(at=database_now() - timedelta(days=14))
    refused = alice.post("/sync", {"changes": [sent]})
    check_problem(refused, status=402, code="license_sync_off")
    assert refused.json()["state"] == "offline"
    assert alice.get(f"/goals/{goal.id}").json()["version"] == 1
    with alice.acting():
        payment_succeeded()
    [applied] = push(alice, sent)
    assert applied["status"] == "applied"


def test_a_key_needs_the_scope_and_a_browser_its_token(alice: Person, goal: Any) -> None:
    with alice.acting():
        reading = create_api_key(name="r", scopes=["read"], by=alice.user).secret
        writing = create_api_key(name="w", scopes=[s for s in SCOPES if s != "read"], by=alice.user).secret
    body = {"changes": [change("goal", goal.id, 1, {"title": "By key"})]}
    for key, get, post in ((reading, 200, 403), (writing, 403, 200)):
        headers = {"Authorization": f"Bearer {key}"}
        assert Client().get("/api/v1/sync", headers=headers).status_code == get
        assert Client().post("/api/v1/sync", body, "application/json", headers=headers).status_code == post
    browser = Client(enforce_csrf_checks=True)
    log_in(browser, alice.user)
    refused = browser.post("/api/v1/sync", {"changes": []}, "application/json")
    assert refused.status_code == 403 and "Clear-Site-Data" not in refused.headers, "what waits would be lost"
    browser.get(reverse("goals"))
    token = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    assert browser.post("/api/v1/sync", {"changes": []}, "application/json", headers=token).json() == {"results": []}
    left = browser.post(reverse("account_logout"), headers=token)
    assert left.headers["Clear-Site-Data"] == '"storage"'


def test_a_copy_of_another_person_is_not_pushed_as_this_one(alice: Person, bob: Person, goal: Any) -> None:
    sent = {"changes": [change("goal", goal.id, 1, {"title": "Bob's"})]}
    holder = f"{bob.user.pk}.{bob.organization_id}"
    check_problem(alice.post("/sync", {**sent, "holder": holder}), status=409, code="conflict")
    assert bob.post("/sync", {**sent, "holder": holder}).status_code == 200


HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"type": "user"}, "type"),
    ({"type": []}, "type"),
    ({"id": "1"}, "id"),
    ({"id": None}, "id"),
    ({"base_version": -1}, "base_version"),
    ({"base_version": "1"}, "base_version"),
    ({"base_version": 2**31}, "base_version"),
    ({"base_version": True}, "base_version"),
    ({"client_change_id": ""}, "client_change_id"),
    ({"client_change_id": "a" * 65}, "client_change_id"),
    ({"client_change_id": "a\n"}, "client_change_id"),
    ({"client_change_id": {}}, "client_change_id"),
    ({"data": []}, "data"),
    ({"data": None}, "data"),
    ({"data": {"version": 9}}, "data/version"),
    ({"data": {"created_by": STRAY}}, "data/created_by"),
    ({"data": {"status": "deleted"}}, "data/status"),
    ({"data": {"current_amount": 5}}, "data/current_amount"),
    ({"data": {"__proto__": {}}}, "data/__proto__"),
    ({"deleted": True}, ""),
    ({"deleted": "yes"}, "deleted"),
    ({"seq": 1}, "seq"),
    ({"updated_at": "2099-01-01T00:00:00Z"}, "updated_at"),
]


def test_every_hostile_change_names_its_fault_and_changes_nothing(alice: Person, goal: Any) -> None:
    results = push(alice, *[{**change("goal", goal.id, 1, {"title": "x"}), **wrong} for wrong, _ in HOSTILE])
    assert {result["status"] for result in results} == {"invalid"}
    assert [pointers(result) for result in results] == [[f"#/{named}".removesuffix("/")] for _, named in HOSTILE]
    assert alice.get(f"/goals/{goal.id}").json()["version"] == 1


def test_quests_can_only_be_ticked(alice: Person, goal: Any) -> None:
    quest = alice.post("/quests", {"goal": str(goal.id)}).json()["quests"][0]
    results = push(
        alice,
        change("quest", quest["id"], 1, {"title": "Mine"}),
        change("quest", quest["id"], 1, {"steps": [{"done": True}]}),
        change("quest", quest["id"], 1),
        change("quest", quest["id"], 1, {"step": 99, "done": True}),
        change("quest", quest["id"], 1, {"steps": [{"done": True, "amount": "0.00"}] * len(quest["steps"])}),
    )
    assert [result["status"] for result in results] == ["invalid"] * 5
    assert alice.get(f"/quests/{quest['id']}").json() == quest


def test_amounts_beyond_the_column_are_refused(alice: Person, goal: Any) -> None:
    huge = entry_of(goal.id, "999999999999.99")
    results = push(alice, change("revenue_entry", uuid4(), 0, huge), change("revenue_entry", uuid4(), 0, huge))
    assert [result["status"] for result in results] == ["applied", "invalid"]
    with alice.acting():
        assert Goal.objects.get(id=goal.id).current_amount == Decimal("999999999999.99")
