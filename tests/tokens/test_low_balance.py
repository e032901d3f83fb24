"""Low balances: each mark once per crossing, armed again by a grant, never by a hold that is released."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core import mail
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import queries as audit
from plans.trials.actions import begin_trial
from saas.kernel.clock import database_now
from saas.notifications.rendering import render
from saas.notifications.tasks import notify
from tests.conftest import Person, hire
from tests.notifications.notified import mails, notified_kinds
from tests.tokens.past import founded
from tests.tokens.past import spend as spend_ago
from tokens import actions, gauge
from tokens.gauge import LedgerLine, Reading
from tokens.kinds import QuotaScope, Source
from tokens.tasks import watch

pytestmark = pytest.mark.own_database


def hold(person: Person, tokens: int) -> Any:
    return actions.hold(
        transaction_id=uuid4(),
        tokens=tokens,
        operation="quest",
        price_book_version=None,
        user_id=person.user.pk,
        department_id=None,
        seconds=60,
    ).transaction_id


def spend(person: Person, tokens: int) -> None:
    with person.acting():
        actions.settle(transaction_id=hold(person, tokens), tokens=tokens)


def low_balances(person: Person) -> list[Any]:
    """Return what the alerts said, oldest first: percent and tokens left."""
    watch()
    with person.acting():
        events = [event for event in audit.events() if event.kind in ("balance.low", "balance.used_up")]
    return [(event.data["percent"], event.data["left"]) for event in reversed(events)]


def test_each_mark_is_told_once_and_a_pack_arms_it_again(alice: Person) -> None:
    spend(alice, 159)
    assert low_balances(alice) == []
    spend(alice, 1)
    assert low_balances(alice) == [(20, 40)]
    spend(alice, 5)
    assert low_balances(alice) == [(20, 40)], "once"
    spend(alice, 35)
    assert low_balances(alice)[1:] == [(0, 0)], "the deepest mark alone"
    with alice.acting():
        actions.grant(source=Source.PURCHASE, tokens=50, business_key="pack")
    assert low_balances(alice)[2:] == []
    spend(alice, 15)
    assert low_balances(alice)[2:] == [(20, 35)], "the allowance of 200 is what counts, in the whole period"


def test_a_released_hold_is_no_crossing(alice: Person) -> None:
    with alice.acting():
        actions.release(transaction_id=hold(alice, 170))
        open_hold = hold(alice, 170)
    assert low_balances(alice) == []
    with alice.acting():
        actions.settle(transaction_id=open_hold, tokens=165)
    assert low_balances(alice) == [(20, 35)]


def test_workers_at_once_tell_once_and_people_are_offered_a_pack(alice: Person) -> None:
    spend(alice, 195)
    together(watch, workers=4)
    notify()
    assert low_balances(alice) == [(5, 5)]
    assert notified_kinds(alice) == ["balance.low"]
    assert "5 tokens are left" in mails(alice.user)[0]
    page = alice.browser().get("/notifications").content.decode()
    assert "data-unread" in page and 'data-level="low"' in page


def test_in_a_trial_nobody_is_offered_a_pack(business: Any) -> None:
    newcomer = business("starter")
    with newcomer.acting():
        begin_trial(caller=newcomer.caller)
    for tokens in (8, 1):
        spend(newcomer, tokens)
        assert low_balances(newcomer)
        notify()
    low, used_up = [message for message in mail.outbox if message.to == [newcomer.user.email]][-2:]
    assert "1 token is left" in low.subject and "in the trial are used up" in used_up.subject
    for message in (low, used_up):
        assert "trial of Pro" in message.body and "Pro brings 200 tokens a month" in message.body.replace("\n", " ")
        assert "pack" not in message.body.replace("/packs", "").lower()
    page = newcomer.browser().get("/").content.decode()
    assert "The trial's tokens are used" in page and "Get more tokens" not in page
    packs = newcomer.browser().get("/packs").content.decode()
    assert "trial of Pro does not include this" in packs and "/plans/change?plan=pro" in packs


def together(work: Callable[[], object], *, workers: int) -> None:
    def run(_: int) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, range(workers)))


@pytest.mark.parametrize("path", ["/quests", "/tokens/holds"])
def test_a_reached_quota_is_told_once_for_its_limit(business: Any, path: str) -> None:
    alice = business("enterprise")
    bob = hire(alice)
    from tests.conftest import make_goal

    bodies = {"/quests": {"goal": str(make_goal(alice).id)}, "/tokens/holds": {"amount": 3, "purpose": "ours"}}

    def quota(tokens: int) -> None:
        with alice.acting():
            actions.set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=tokens)

    def refused() -> list[int]:
        assert bob.post(path, bodies[path]).json()["code"] == "quota_reached"
        watch()
        with alice.acting():
            return [event.data["limit"] for event in audit.found(kind="quota.reached")]

    quota(2)
    assert refused() == [2]
    assert refused() == [2]
    quota(1)
    assert refused() == [1, 2]
    notify()
    assert notified_kinds(alice) == ["quota.reached", "quota.reached"]


def test_running_out_is_told_once_and_armed_again_when_there_is_more(
    alice: Person, superuser: psycopg.Connection[Any]
) -> None:
    def warnings() -> list[int]:
        watch()
        with alice.acting():
            return [event.data["left"] for event in audit.found(kind="balance.running_out")]

    founded(alice, 3, superuser)
    spend_ago(alice, 30, "quest", days_ago=2.5, by=superuser)
    spend_ago(alice, 30, "quest", days_ago=1.5, by=superuser)
    assert warnings() == [], "nobody knows the pace yet"
    spend(alice, 40)
    assert warnings() == [100]
    with alice.acting():
        [event] = audit.found(kind="balance.running_out")
    soonest, likely = (datetime.fromisoformat(event.data[name]) for name in ("soonest_at", "runs_out_at"))
    text = render(kind=event.kind, data=event.data, organization="Juniper", timezone="UTC", user="")
    assert soonest < likely and "could run out within three days" in text.title
    assert f"as early as {soonest:%-d %b}, more likely about {likely:%-d %b}" in text.body
    spend(alice, 1)
    assert warnings() == [100], "once"
    with alice.acting():
        actions.grant(source=Source.PURCHASE, tokens=5000, business_key="pack")
    assert warnings() == [100]
    spend(alice, 2500)
    assert warnings() == [2599, 100]


def test_a_first_hour_alarms_nobody(alice: Person) -> None:
    for _ in range(9):
        spend(alice, 15)
    watch()
    with alice.acting():
        assert not audit.found(kind="balance.running_out").exists()
    page = alice.browser().get("/").content.decode()
    assert "Runs out on" in page and "could run out" not in page


STEPS = st.lists(st.tuples(st.sampled_from(["plan", "purchase", "settle", "expire", "hold"]), st.integers(1, 90)))


@given(STEPS)
@settings(max_examples=200, deadline=None)
def test_between_two_fillings_the_levels_only_rise_and_are_true(steps: list[tuple[str, int]]) -> None:
    reading, now, last = Reading(), database_now_once(), 0
    for seq, (what, tokens) in enumerate(steps, start=1):
        reading, crossed = gauge.after(reading, _line(seq, what, min(tokens, reading.total), tokens, now))
        true = gauge.level(reading.total, reading.reference)
        if what in ("plan", "purchase"):
            last = min(last, true)
        assert not crossed or (what == "settle" and reading.level == true > last)
        assert what != "settle" or reading.level >= true, "a mark was passed in silence"
        last = max(last, reading.level) if crossed else last
        assert reading.entry_seq == seq


def _line(seq: int, what: str, spent: int, granted: int, now: Any) -> LedgerLine:
    if what in ("plan", "purchase"):
        return LedgerLine(seq, "grant", granted, 0, now, what, granted, None)
    moves = {"settle": (0, -spent), "expire": (-spent, 0), "hold": (-spent, spent)}
    return LedgerLine(seq, what, *moves[what], now, "plan", 1, None)


_NOW: list[Any] = []


def database_now_once() -> Any:
    if not _NOW:
        _NOW.append(database_now())
    return _NOW[0]


@pytest.mark.parametrize(("total", "expected"), [(41, 0), (40, 1), (11, 1), (10, 2), (1, 2), (0, 3), (-5, 3)])
def test_the_marks(total: int, expected: int) -> None:
    assert gauge.level(total, 200) == expected
