"""A client that goes on from its cursor sees every change once, in the order of the commits."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connections

from licensing.actions import payment_failed, payment_succeeded
from quests import actions as quest_actions
from quests.models import Goal, Quest, RevenueEntry
from quests.sync.queries import changes_after, newest_number
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid
from saas.kernel.transactions import transaction
from saas.web.api.cursors import cursor_of
from tests.answers import check_problem
from tests.conftest import Person, make_goal
from tests.machinery import at_once

pytestmark = pytest.mark.own_database


Copy = dict[UUID, dict[str, Any]]


def pull(person: Person, cursor: str | None = None, **query: Any) -> dict[str, Any]:
    """Pull one page."""
    answer = person.get("/sync", **({"cursor": cursor} if cursor else {}), **query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_everything_comes_first_and_then_only_what_changed(alice: Person, goal: Any) -> None:
    assert alice.post("/quests", {"goal": str(goal.id)}).status_code == 201
    first = pull(alice)
    assert [(change["type"], change["version"], change["deleted"]) for change in first["changes"]] == [
        ("goal", 1, False),
        ("quest", 1, False),
    ]
    read = alice.get(f"/goals/{goal.id}").json()
    assert first["changes"][0]["data"] | {"pace": read["pace"]} == read  # pace changes with time alone: not in /sync
    assert first["has_more"] is False
    assert pull(alice, first["next_cursor"]) == {**first, "changes": []}
    quest = first["changes"][1]["data"]
    assert alice.patch(f"/quests/{quest['id']}", {"step": 0, "done": True}).json()["version"] == 2
    [change] = pull(alice, first["next_cursor"])["changes"]
    assert (change["id"], change["version"], change["data"]["steps"][0]["done"]) == (quest["id"], 2, True)


def test_what_is_removed_or_archived_is_a_change_too(alice: Person, goal: Any) -> None:
    body = {"goal": str(goal.id), "amount": "10.00", "received_on": "2026-11-01"}
    entry = alice.post("/revenue-entries", body).json()
    cursor = pull(alice)["next_cursor"]
    alice.delete(f"/revenue-entries/{entry['id']}")
    moved, removed = pull(alice, cursor)["changes"]
    assert (moved["type"], moved["data"]["current_amount"]) == ("goal", "0.00")
    assert removed == {"type": "revenue_entry", "id": entry["id"], "version": 2, "deleted": True, "data": None}
    alice.delete(f"/goals/{goal.id}")
    [archived] = pull(alice, cursor)["changes"][1:]
    assert (archived["deleted"], archived["data"]["status"]) == (True, "archived")
    alice.patch(f"/goals/{goal.id}", {"status": "active"})
    [back] = pull(alice, cursor)["changes"][1:]
    assert (back["deleted"], back["version"]) == (False, archived["version"] + 1)


def test_a_change_has_its_version_however_it_is_written(alice: Person, goal: Any) -> None:
    with alice.acting():
        Goal.objects.filter(id=goal.id).update(title="Another", version=77)
        goal.refresh_from_db()
        assert goal.version == 2
        goal.version = 5
        goal.save()
        assert changes_after(0, limit=9).changes[0]["version"] == 3
        goal.delete()
        [change] = changes_after(0, limit=9).changes
        assert (change["version"], change["deleted"], change["data"]) == (4, True, None)


def test_pages_of_500_hold_everything_once(alice: Person, goal: Any) -> None:
    day = date(2026, 11, 1)
    with alice.acting():
        entries = [
            RevenueEntry(goal=goal, amount=Decimal(n), received_on=day, created_by=alice.user) for n in range(1_100)
        ]
        RevenueEntry.objects.bulk_create(entries)
    seen, cursor, sizes = [], None, []
    while True:
        page = pull(alice, cursor)
        seen += [change["id"] for change in page["changes"]]
        sizes.append(len(page["changes"]))
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert sizes == [500, 500, 101]
    assert len(set(seen)) == 1_101 and seen[0] == str(goal.id)
    assert len(pull(alice, limit=7)["changes"]) == 7


def test_a_cursor_from_elsewhere_is_refused(alice: Person, mallory: Person, goal: Any) -> None:
    make_goal(mallory)
    theirs = pull(mallory)["next_cursor"]
    for cursor in (theirs, "x", "AAAA", "LTEuYQ", "MS4xLjE"):
        check_problem(alice.get("/sync", cursor=cursor), status=422, code="validation_error")
    with alice.acting():
        future = cursor_of(newest_number() + 1)
    check_problem(alice.get("/sync", cursor=future), status=422, code="validation_error")


def test_nobody_pulls_what_is_anothers(alice: Person, mallory: Person, goal: Any) -> None:
    assert pull(mallory)["changes"] == []
    assert [change["id"] for change in pull(alice)["changes"]] == [str(goal.id)]


def test_a_copy_of_another_person_or_organization_is_not_filled(alice: Person, bob: Person) -> None:
    for holder, status in ((alice, 200), (bob, 409)):
        whose = f"{holder.user.pk}.{holder.organization_id}"
        assert alice.get("/sync", holder=whose).status_code == status


@pytest.mark.parametrize(("days", "status"), [(0, 200), (13, 200), (14, 402), (30, 402)])
def test_sync_is_off_from_the_14th_day_until_it_is_paid(alice: Person, goal: Any, days: int, status: int) -> None:
    with alice.acting():
        payment_failed(at=database_now() - timedelta(days=days))
    answer = alice.get("/sync")
    assert answer.status_code == status
    if status == 402:
        check_problem(answer, status=402, code="license_sync_off")
    with alice.acting():
        payment_succeeded()
    assert len(pull(alice)["changes"]) == 1


# Races


def test_a_number_is_seen_only_with_all_before_it(alice: Person) -> None:
    """Two writers that take no lock of their own: the second waits for the first one's commit."""
    first, second = make_goal(alice), make_goal(alice)
    go_on, written = Event(), Event()

    def slow() -> None:
        with alice.acting(), transaction():
            Goal.objects.filter(id=first.id).update(title="Slow")
            written.set()
            go_on.wait(10)
        connections.close_all()

    def quick() -> None:
        with alice.acting():
            Goal.objects.filter(id=second.id).update(title="Quick")
        connections.close_all()

    with alice.acting():
        number = newest_number()
        writers = [Thread(target=slow), Thread(target=quick)]
        writers[0].start()
        assert written.wait(10)
        writers[1].start()
        writers[1].join(0.3)
        overtaken = changes_after(number, limit=9).changes
        go_on.set()
        for writer in writers:
            writer.join(10)
        seen = [change["data"]["title"] for change in changes_after(number, limit=9).changes]
    assert overtaken == []
    assert seen == ["Slow", "Quick"]


def test_a_reader_among_writers_ends_with_a_true_copy(alice: Person) -> None:
    goals = [make_goal(alice) for _ in range(3)]
    copy: Copy = {}
    done = Event()

    def write(seed: int) -> Callable[[], None]:
        random = Random(seed)

        def work() -> None:
            with alice.acting():
                for _ in range(25):
                    write_something(alice, random, [goal.id for goal in goals])

        return work

    def read() -> None:
        number = 0
        with alice.acting():
            while True:
                last = done.is_set()
                page = changes_after(number, limit=3)
                assert page.number >= number
                copy.update({change["id"]: change for change in page.changes})
                number = page.number
                if last and not page.has_more:
                    return

    def read_and_hang_up() -> None:
        read()
        connections.close_all()

    reader = Thread(target=read_and_hang_up)
    reader.start()
    failed = [error for error in at_once([write(seed) for seed in range(4)]) if error is not None]
    done.set()
    reader.join(20)
    assert not failed
    with alice.acting():
        everything = {change["id"]: change for change in changes_after(0, limit=10_000).changes}
        assert copy == everything
        there = {key for key, change in copy.items() if change["data"]}
        assert there == set(Goal.objects.values_list("id", flat=True)) | set(
            RevenueEntry.objects.values_list("id", flat=True)
        ) | set(Quest.objects.values_list("id", flat=True))


def write_something(person: Person, random: Random, goals: list[UUID]) -> None:
    """Write as the pages do, or straight into the tables, or give up in the middle."""
    goal_id, by = random.choice(goals), person.user.pk
    match random.randrange(5):
        case 0:
            quest_actions.update_goal(goal_id=goal_id, changes={"title": uuid4().hex})
        case 1:
            quest_actions.record_revenue(goal_id=goal_id, amount=Decimal(1), received_on=date(2026, 11, 1), by=by)
        case 2:
            entry = RevenueEntry.objects.order_by("?").first()
            if entry:
                RevenueEntry.objects.filter(id=entry.id).delete()
        case 3:
            Goal.objects.filter(id=goal_id).update(description=uuid4().hex)
        case 4:
            with suppress(Invalid), transaction():
                Goal.objects.filter(id=goal_id).update(title="never")
                raise Invalid("given up")


# What was there before changes had numbers


def test_older_records_got_their_numbers_by_age(alice: Person, mallory: Person, superuser: psycopg.Connection) -> None:
    goals = [make_goal(alice) for _ in range(3)]
    make_goal(mallory)
    backfill = Path("quests/migrations/sql/0003_changes.sql").read_text().partition("-- What was there before")[2]
    with superuser.transaction(force_rollback=True):
        superuser.execute("DELETE FROM quests_change")
        superuser.execute("DELETE FROM quests_change_head")
        superuser.execute("SET LOCAL ROLE app_owner")
        superuser.execute(f"--{backfill}".encode())
        superuser.execute(f"SET LOCAL app.current_org = '{alice.organization_id}'")
        numbers = superuser.execute("SELECT record_id, seq, version FROM quests_change ORDER BY seq").fetchall()
        assert numbers == [(goal.id, n, 1) for n, goal in enumerate(goals, 1)]
        assert superuser.execute("SELECT seq FROM quests_change_head").fetchall() == [(3,)]
