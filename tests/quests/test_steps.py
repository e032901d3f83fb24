"""People work with the steps of a quest: edited, dated, added, dropped, assigned, noted, and their money recorded."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from quests.models import Quest
from quests.steps.actions import unassign
from tests.conftest import Person
from tests.quests.plans import plan


@pytest.fixture
def quest(alice: Person, goal: Any) -> Quest:
    return plan(alice, goal, 1, 5, 9)


def steps_of(person: Person, quest: Quest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"/quests/{quest.pk}").json()["steps"]
    return found


STEP = {"title": "Phone the three largest", "amount": "660", "due_on": "2026-12-24", "assignee": "", "note": ""}


def test_a_step_is_edited_added_and_dropped_in_the_pages_and_keeps_its_id(alice: Person, quest: Quest) -> None:
    browser = alice.browser()
    browser.post(reverse("edit_step", args=[quest.pk, 1]), {**STEP, "note": "Mornings", "assignee": str(alice.user.pk)})
    browser.post(reverse("new_step", args=[quest.pk]), {"title": "Thank them", "amount": "", "due_on": "2026-12-31"})
    browser.post(reverse("drop_step", args=[quest.pk, 0]))
    first, second, third = steps_of(alice, quest)
    assert [step["id"] for step in (first, second, third)] == [1, 2, 3]
    assert (first["title"], first["amount"], first["due_on"]) == ("Phone the three largest", "660.00", "2026-12-24")
    assert (first["note"], first["assignee"], first["done"]) == ("Mornings", str(alice.user.pk), False)
    assert (third["title"], third["amount"]) == ("Thank them", "0.00")
    page = browser.get(reverse("quest", args=[quest.pk])).content.decode()
    assert "Mornings" in page and str(alice.user) in page
    for step_id in (1, 2):
        browser.post(reverse("drop_step", args=[quest.pk, step_id]))
    assert browser.post(reverse("drop_step", args=[quest.pk, 3])).status_code == 422
    assert len(steps_of(alice, quest)) == 1


def test_ticks_follow_the_step_whatever_was_dropped_before_it(alice: Person, quest: Quest) -> None:
    browser, tick = alice.browser(), reverse("mark_steps", args=[quest.pk])
    browser.post(reverse("drop_step", args=[quest.pk, 0]))
    browser.post(tick, {"done": ["2"]})
    assert [(step["id"], step["done"]) for step in steps_of(alice, quest)] == [(1, False), (2, True)]
    alice.patch(f"/quests/{quest.pk}", {"steps": [{"id": 0, "done": True}, {"id": 1, "done": True}]})
    assert [step["done"] for step in steps_of(alice, quest)] == [True, True]


def test_the_amount_of_a_step_is_proposed_where_money_is_recorded(alice: Person, quest: Quest, goal: Any) -> None:
    browser = alice.browser()
    page = browser.get(reverse("quest", args=[quest.pk])).content.decode()
    where = f"{reverse('revenue', args=[goal.id])}?amount=5.00&amp;note=Due%20in%201"
    assert where in page
    form = browser.get(where.replace("&amp;", "&")).context["form"]
    assert (form["amount"].value(), form["note"].value()) == ("5.00", "Due in 1")


def test_the_api_edits_a_step_by_its_place(alice: Person, bob: Person, mallory: Person, quest: Quest) -> None:
    where = f"/quests/{quest.pk}"
    changed = {"step": 1, "title": "Call", "due_on": "2026-12-24", "amount": "7.50", "assignee": str(bob.user.pk)}
    assert alice.patch(where, changed).status_code == 200
    step = steps_of(alice, quest)[1]
    assert {name: step[name] for name in changed if name != "step"} == {
        name: value for name, value in changed.items() if name != "step"
    }
    for wrong in ({"assignee": str(mallory.user.pk)}, {"title": ""}, {"amount": "-1"}, {"due_on": "soon"}, {"id": 5}):
        assert alice.patch(where, {"step": 1, **wrong}).status_code == 422
    assert steps_of(alice, quest)[1] == step


def test_whoever_is_gone_has_no_steps(alice: Person, bob: Person, quest: Quest) -> None:
    alice.patch(f"/quests/{quest.pk}", {"step": 0, "assignee": str(bob.user.pk)})
    with alice.acting():
        assert unassign(user_id=bob.user.pk) == 1
        assert unassign(user_id=bob.user.pk) == 0
    assert [step["assignee"] for step in steps_of(alice, quest)] == [None] * 3


def test_a_tick_made_offline_survives_what_was_dropped_meanwhile(alice: Person, quest: Quest) -> None:
    version = alice.get(f"/quests/{quest.pk}").json()["version"]
    alice.browser().post(reverse("drop_step", args=[quest.pk, 1]))
    ticks = {"steps": [{"id": place, "done": place > 0} for place in range(3)]}
    change = {"client_change_id": str(uuid4()), "type": "quest", "id": str(quest.pk), "base_version": version}
    [result] = alice.post("/sync", {"changes": [{**change, "data": ticks}]}).json()["results"]
    assert result["status"] == "conflict"
    kept = alice.post(f"/sync/conflicts/{result['conflict']}/resolve", {"keep": "mine"})
    assert kept.status_code == 200
    assert [(step["id"], step["done"]) for step in steps_of(alice, quest)] == [(0, False), (2, True)]


def test_a_quest_is_rated_and_put_away(alice: Person, quest: Quest, goal: Any) -> None:
    browser, where = alice.browser(), f"/quests/{quest.pk}"
    for sent, rating in (("1", 1), ("-1", -1), ("0", None), ("nonsense", None)):
        browser.post(reverse("rate_quest", args=[quest.pk]), {"rating": sent})
        assert alice.get(where).json()["rating"] == rating
    pages = [reverse("quests"), reverse("goal", args=[goal.id]), reverse("home")]
    assert all(quest.title in browser.get(page).content.decode() for page in pages)
    browser.post(reverse("archive_quest", args=[quest.pk]))
    assert not any(reverse("quest", args=[quest.pk]) in browser.get(page).content.decode() for page in pages[:2])
    assert browser.get(reverse("home")).context["todo"]["next_steps"] == []
    assert quest.title in browser.get(reverse("quests") + "?archived").content.decode()
    browser.post(reverse("restore_quest", args=[quest.pk]))
    assert alice.get(where).json()["archived_at"] is None
