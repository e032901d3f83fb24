"""What happens is told to those who want it: once in the good case, at least once in every case."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings as project
from django.core import mail
from django.core.cache import cache
from django.db import connection

from saas.celery import app
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.notifications.queries import notifications
from saas.notifications.tasks import notify
from saas.webhooks import delivery, outbox, retention, tasks
from saas.webhooks.models import Attempt, DeliveryStatus, DisabledReason
from saas.webhooks.published import PUBLISHED
from saas.webhooks.sending import EndpointAnswer
from tests.conftest import Person, make_goal, open_business
from tests.machinery import PROJECT, at_once, until
from tests.webhooks.conftest import Handler, Hook, Receiver, work

pytestmark = pytest.mark.own_database


def test_what_happens_arrives_signed_in_order_and_once(hook: Hook, alice: Person) -> None:
    hook.happen(3)
    assert work() == 3
    assert work() == 0
    got = [each.message for each in hook.receiver.received]
    got.sort(key=lambda message: message["sequence"])
    assert [message["type"] for message in got] == ["goal.created"] * 3
    assert set(got[0]["data"]) == {"goal", "target_amount", "due_on"}
    assert got[0]["data"]["target_amount"] == "12000"
    assert got[0]["previous_sequence"] is None
    assert [m["previous_sequence"] for m in got[1:]] == [m["sequence"] for m in got[:-1]], "a gap can be seen"
    first = hook.log()[-1]
    assert (first["status"], first["attempts"][0]["status_code"], first["attempts"][0]["answer"]) == (
        "delivered",
        200,
        "thank you",
    )
    assert hook.receiver.forged == 0


def test_nothing_from_before_and_nothing_of_others(
    alice: Person, mallory: Person, receiver: Receiver, superuser: psycopg.Connection
) -> None:
    make_goal(alice)
    hook = Hook(alice, receiver, superuser)
    make_goal(mallory)
    assert work() == 0
    make_goal(alice)
    assert work() == 1
    assert hook.row().last_seq == receiver.received[0].message["sequence"]


def test_an_endpoint_gets_the_kinds_it_chose(hook: Hook, alice: Person) -> None:
    assert alice.patch(hook.path, {"events": ["hold.settled", "revenue.recorded"]}).status_code == 200
    hook.happen()
    held = alice.post("/tokens/holds", {"amount": 2, "purpose": "ours"}).json()
    alice.post(f"/tokens/holds/{held['id']}/settle", {"amount": 1})
    assert work() == 1
    [received] = hook.receiver.received
    assert received.message["data"] | {"user": ""} == {
        "transaction": held["id"],
        "operation": "metering",
        "held": 2,
        "charged": 1,
        "user": "",
    }


def test_the_stream_has_every_field_that_is_published(alice: Person, superuser: psycopg.Connection) -> None:
    goal = make_goal(alice)
    alice.patch(f"/goals/{goal.id}", {"title": "More"})
    entry = {"goal": str(goal.id), "amount": "1.00", "received_on": "2026-01-01"}
    alice.post("/revenue-entries", entry)
    quest = alice.post("/quests", {"goal": str(goal.id)}).json()["quests"][0]["id"]
    alice.patch(f"/quests/{quest}", {"step": 0, "done": True})
    held = alice.post("/tokens/holds", {"amount": 2, "purpose": "ours"}).json()
    alice.post(f"/tokens/holds/{held['id']}/release")
    alice.delete(f"/goals/{goal.id}")
    rows = superuser.execute("SELECT kind, data FROM audit_event WHERE kind = ANY(%s)", [list(PUBLISHED)]).fetchall()
    assert len({kind for kind, _ in rows}) >= 9
    for kind, data in rows:
        if not set(data) <= {"title", "amount", "id"}:  # what a test of the chain wrote
            assert set(PUBLISHED[kind].fields) <= set(data), kind


def test_fifty_workers_send_each_message_once(hook: Hook) -> None:
    hook.happen(40)
    done = at_once([work] * 50)
    assert [each for each in done if isinstance(each, Exception)] == []
    assert len(hook.receiver.received) == 40
    assert len({each.id for each in hook.receiver.received}) == 40
    assert {each.status for each in hook.deliveries()} == {DeliveryStatus.DELIVERED}


WORKER = """
import django; django.setup()
from saas.celery import app
from saas.kernel import tenancy
from saas.webhooks import delivery
with tenancy.system(): delivery.deliver()
"""


def test_a_worker_killed_between_sending_and_keeping_sends_again(hook: Hook, superuser: psycopg.Connection) -> None:
    hook.happen()
    with tenancy.system():
        outbox.publish()
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "WEBHOOKS_TO_LOOPBACK": "true"}
    with psycopg.connect(project.DATABASE_URL) as lock:
        # Whoever keeps the answer needs the endpoint's row.
        lock.execute("SELECT 1 FROM webhooks_endpoint WHERE id = %s FOR UPDATE", [hook.id])
        killed = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=PROJECT)
        until(lambda: len(hook.receiver.received) == 1)
        waits = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        until(lambda: bool(superuser.execute(waits).fetchall()))
        killed.kill()
        killed.wait()
    assert hook.log()[0]["status"] == "pending"
    assert work() == 0, "somebody may still be sending it"
    hook.later("claim_ends_at")
    assert work() == 1
    first, again = hook.receiver.received
    assert (first.id, first.message) == (again.id, again.message)
    assert [len(each["attempts"]) for each in hook.log()] == [1]
    assert hook.log()[0]["status"] == "delivered"


def test_who_comes_back_after_its_claim_ran_out_changes_only_the_log(hook: Hook) -> None:
    hook.happen()
    with tenancy.system():
        outbox.publish()
        [late] = delivery.claim(32)
    hook.later("claim_ends_at")
    assert work() == 1
    with tenancy.system():
        delivery.record_attempt(late, EndpointAnswer(5, error="Nobody took the connection."))
    [entry] = hook.log()
    assert entry["status"] == "delivered" and len(entry["attempts"]) == 2
    assert hook.row().failing_since is None


def test_a_failing_endpoint_is_tried_for_three_days_then_given_up(hook: Hook) -> None:
    hook.receiver.behaviour = lambda handler: handler.answer(503, b"later \x00 please")
    hook.happen()
    pauses = []
    for _ in range(len(delivery.PAUSES) + 1):
        assert work() == 1
        [row] = hook.deliveries()
        pauses.append(row.due_at - database_now_for(hook))
        hook.later()
    assert work() == 0
    for planned, pause in zip(delivery.PAUSES, pauses, strict=False):
        assert planned * 0.95 <= pause + timedelta(seconds=5) <= planned * 1.25 + timedelta(seconds=5)
    assert timedelta(days=3) <= sum(delivery.PAUSES, timedelta()) <= timedelta(days=4)
    [entry] = hook.log()
    assert (entry["status"], len(entry["attempts"]), entry["next_attempt_at"]) == ("failed", 10, None)
    assert entry["attempts"][0]["answer"] == "later \N{REPLACEMENT CHARACTER} please"
    assert len({each.id for each in hook.receiver.received}) == 1
    assert hook.row().is_on, "one message that fails does not switch an endpoint off at once"


def database_now_for(hook: Hook) -> Any:
    with tenancy.system():
        return database_now()


def fail_for_days(hook: Hook) -> None:
    """Bring the endpoint to the last try of a message after nothing got through for six days."""
    hook.happen()
    work()
    hook.superuser.execute(
        "UPDATE webhooks_delivery SET failures = 9, due_at = now() WHERE endpoint_id = %s", [hook.id]
    )
    hook.superuser.execute(
        "UPDATE webhooks_endpoint SET failing_since = now() - interval '6 days' WHERE id = %s", [hook.id]
    )
    work()


def test_after_days_of_failures_it_is_switched_off_and_managers_are_told(
    hook: Hook, alice: Person, bob: Person
) -> None:
    hook.receiver.behaviour = lambda handler: handler.answer(500)
    fail_for_days(hook)
    endpoint = alice.get(hook.path).json()
    assert (endpoint["enabled"], endpoint["disabled_because"]) == (False, "failing")
    notify()
    [mailed] = [message for message in mail.outbox if message.to == [alice.user.email]]
    assert "127.0.0.1 is switched off" in mailed.subject and "/settings/webhooks" in mailed.body
    assert hook.receiver.url not in mailed.body, "the path of a URL may be a secret"
    with bob.acting():
        assert not notifications(bob.user.pk).exists()

    # What happens meanwhile is kept, and sent when asked for.
    since = database_now_for(hook)
    hook.happen(2)
    assert work() == 0
    assert [each["status"] for each in hook.log()] == ["skipped", "skipped", "failed"]
    again = {"since": since.isoformat()}
    assert alice.post(f"{hook.path}/redeliver", again).json()["code"] == "conflict"
    assert alice.patch(hook.path, {"enabled": True}).json()["failing_since"] is None
    assert alice.post(f"{hook.path}/redeliver", again).json() == {"redelivered": 2}
    hook.receiver.behaviour = lambda handler: handler.answer(204, b"")
    assert work() == 2


def test_410_switches_off_at_once_and_what_waits_is_not_sent(hook: Hook, alice: Person) -> None:
    hook.receiver.behaviour = lambda handler: handler.answer(410)
    hook.happen()
    assert work() == 1
    assert alice.get(hook.path).json()["disabled_because"] == "gone"
    hook.happen()
    assert work() == 0
    with alice.acting():
        assert hook.row().off_because == DisabledReason.GONE


def test_success_ends_the_count_of_days(hook: Hook) -> None:
    hook.receiver.behaviour = lambda handler: handler.answer(500)
    hook.happen()
    work()
    assert hook.row().failing_since is not None
    hook.receiver.behaviour = lambda handler: handler.answer(200)
    hook.later()
    assert work() == 1
    assert hook.row().failing_since is None


def redirect(handler: Handler) -> None:
    handler.answer(302, Location=handler.server.url)


def drip(handler: Handler) -> None:
    """Answer one byte at a time, for ever."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not handler.server.closing.wait(0.05):
        handler.wfile.write(b"a")
        handler.wfile.flush()


def flood(handler: Handler) -> None:
    """Answer 200 and then without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not handler.server.closing.is_set():
        handler.wfile.write(b"a" * 65536)


def hang_up(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("behaviour", "status", "says"),
    [
        (redirect, "pending", "Redirects are not followed."),
        (drip, "pending", "No answer within"),
        (hang_up, "pending", "The connection broke before an answer came."),
        (flood, "delivered", ""),
    ],
)
def test_answers_that_are_none(
    hook: Hook, behaviour: Callable[[Handler], None], status: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saas.webhooks.sending.DEADLINE_SECONDS", 1.5)
    hook.receiver.behaviour = behaviour
    hook.happen()
    assert work() == 1
    [entry] = hook.log()
    assert entry["status"] == status and entry["attempts"][0]["error"].startswith(says)
    assert len(entry["attempts"][0]["answer"]) <= 1000
    assert len(hook.receiver.received) == 1


def test_no_connection_to_the_database_is_held_during_a_call(hook: Hook) -> None:
    def connections() -> set[int]:
        ours = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename IN ('app_web', 'app_jobs')"
        )
        return {pid for (pid,) in hook.superuser.execute(ours)}

    held = []

    def look(handler: Handler) -> None:
        with suppress(AssertionError):  # the server needs a moment to end what was closed
            until(lambda: connections() <= before, seconds=5)
        held.append(connections() - before)
        handler.answer(200)

    hook.receiver.behaviour = look
    hook.happen()
    connection.close()
    before = connections()  # what threads of other tests have left open
    assert work() == 1
    assert held == [set()]


def test_a_receiver_that_hangs_holds_up_only_itself(
    hook: Hook,
    mallory: Person,
    open_receiver: Callable[[], Receiver],
    superuser: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "WORKERS", 8)

    def hang(handler: Handler) -> None:
        handler.server.closing.wait(60)
        handler.answer(200)

    hook.receiver.behaviour = hang
    hook.happen(20)
    quick = Hook(mallory, open_receiver(), superuser)
    quick.happen(20)
    worker = threading.Thread(target=_work_apart)
    worker.start()
    until(lambda: len(quick.receiver.received) == 20)
    assert len(hook.receiver.received) == delivery.CALLS_PER_ENDPOINT
    assert not any(each["attempts"] for each in hook.log()), "the first of its calls has not even ended"
    hook.receiver.closing.set()
    worker.join()
    assert len(hook.receiver.received) == 20


def _work_apart() -> None:
    try:
        work()
    finally:
        connection.close()


def _answer_late(handler: Any) -> None:
    if handler.server.closing.wait(60):
        handler.answer(200)


def test_what_becomes_due_while_every_call_hangs_is_sent_all_the_same(
    hook: Hook, mallory: Person, open_receiver: Callable[[], Receiver], superuser: psycopg.Connection
) -> None:
    hook.receiver.behaviour = _answer_late
    hook.happen()
    quick = Hook(mallory, open_receiver(), superuser)
    worker = threading.Thread(target=_work_apart)
    worker.start()
    until(lambda: len(hook.receiver.received) == 1)
    quick.happen()
    with tenancy.system():
        outbox.publish()
    until(lambda: len(quick.receiver.received) == 1)
    assert not any(each["attempts"] for each in hook.log()), "the call that hangs has not even ended"
    hook.receiver.closing.set()
    worker.join()


def test_a_run_that_only_waits_for_its_last_calls_lets_the_next_begin(hook: Hook) -> None:
    hook.receiver.behaviour = _answer_late
    hook.happen()
    in_flight: list[int] = []

    def draining() -> None:
        in_flight.append(len(hook.receiver.received))
        hook.receiver.closing.set()

    with tenancy.system():
        outbox.publish()
        assert delivery.deliver(seconds=3, draining=draining) == 1
    assert in_flight == [1]


def test_an_endpoint_that_fails_has_one_call_under_way_and_all_of_them_a_share(
    hook: Hook, mallory: Person, open_receiver: Callable[[], Receiver], superuser: psycopg.Connection
) -> None:
    healthy = Hook(mallory, open_receiver(), superuser)
    for each in (hook, healthy):
        each.happen(4)
    superuser.execute("UPDATE webhooks_endpoint SET failing_since = now() WHERE id = %s", [hook.id])
    with tenancy.system():
        outbox.publish()
        claimed = [str(call.endpoint_id) for call in delivery.claim(32)]
    assert (claimed.count(hook.id), claimed.count(healthy.id)) == (1, 4)


def test_organizations_take_turns(
    open_receiver: Callable[[], Receiver], superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, few = (Hook(open_business(), open_receiver(), superuser) for _ in range(2))
    many.happen(6)
    few.happen(1)
    with tenancy.system():
        outbox.publish()
        claimed = delivery.claim(2)
    assert {call.organization_id for call in claimed} == {many.owner.organization_id, few.owner.organization_id}


def test_a_secret_that_cannot_be_read_is_told_and_stops_nobody(hook: Hook, settings: Any) -> None:
    hook.happen()
    with tenancy.system():
        outbox.publish()
    settings.SECRET_KEY = "another"
    assert work() == 1
    settings.SECRET_KEY_FALLBACKS = []
    assert hook.receiver.received == []
    assert "Make a new one" in hook.log_error()


def test_with_the_old_key_as_a_fallback_secrets_stay_readable(hook: Hook, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    hook.happen()
    assert work() == 1
    assert len(hook.receiver.received) == 1


def test_without_webhooks_in_the_plan_nothing_is_made(hook: Hook, alice: Person) -> None:
    from plans.actions import end_subscription

    with alice.acting():
        end_subscription()
    hook.happen()
    assert work() == 0
    assert hook.deliveries() == []


def test_old_deliveries_are_forgotten_and_waiting_ones_are_not(hook: Hook, alice: Person) -> None:
    hook.happen(2)
    work()
    hook.happen()
    with tenancy.system():
        outbox.publish()
    waiting = hook.deliveries()[-1]
    hook.superuser.execute(
        "UPDATE webhooks_delivery SET created_at = now() - interval '31 days' WHERE endpoint_id = %s", [hook.id]
    )
    with tenancy.system():
        assert retention.forget() >= 2
    assert [each.id for each in hook.deliveries()] == [waiting.id]
    with alice.acting():
        assert Attempt.objects.count() == 0


def test_the_clock_runs_one_delivery_at_a_time(hook: Hook) -> None:
    hook.happen()
    assert tasks.publish() == 1
    cache.set("webhooks:deliver", True, timeout=5)
    assert tasks.deliver() == 0, "another run is at it"
    cache.delete("webhooks:deliver")
    assert tasks.deliver() == 1
    assert len(hook.receiver.received) == 1
    tasks.forget()
    assert {"saas.webhooks.tasks.publish", "saas.webhooks.tasks.deliver", "saas.webhooks.tasks.forget"} <= {
        entry["task"] for entry in app.conf.beat_schedule.values()
    }
