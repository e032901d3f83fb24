"""Notifications reach the right people, once in the application and at least once by mail."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core import mail
from django.db import connection

from abuse.events import BlockStarted, FlagRaised
from audit.actions import record
from audit.events import KINDS
from licensing.actions import advance_all, payment_failed, payment_succeeded
from saas.accounts.models import Role
from saas.kernel.clock import database_now
from saas.kernel.transactions import transaction
from saas.notifications import delivery
from saas.notifications.rendering import render
from saas.notifications.rules import RULES
from saas.notifications.tasks import notify
from saas.team.actions import accept_invitation, invite
from tests.conftest import Person, hire
from tests.notifications.notified import mails, notified_kinds

pytestmark = pytest.mark.own_database


def test_owners_and_admins_are_told_with_dates_and_a_way_out(alice: Person, bob: Person) -> None:
    admin = hire(alice, role="admin")
    with alice.acting():
        payment_failed(at=database_now() - timedelta(days=12))
    notify()
    assert notified_kinds(alice) == notified_kinds(admin) == ["license.payment_failed", "license.stage_coming"]
    assert notified_kinds(bob) == []
    [failed] = [m for m in mail.outbox if m.to == [alice.user.email] and m.subject.startswith("A payment")]
    offline = database_now() + timedelta(days=2)
    assert f"from {offline.day} {offline:%b %Y}" in failed.body
    assert "sync is off" in failed.body and "reports are off" in failed.body
    assert "http://localhost" in failed.body
    assert len(mails(bob.user)) == 0


def test_every_stage_and_the_recovery_are_told(alice: Person) -> None:
    with alice.acting():
        payment_failed(at=database_now() - timedelta(days=31))
        advance_all()
        payment_succeeded()
    notify()
    assert notified_kinds(alice) == [
        "license.payment_failed",
        "license.changed",
        "license.changed",
        "license.payment_succeeded",
    ]


def test_a_new_member_is_announced(alice: Person, mallory: Person) -> None:
    with alice.acting():
        made = invite(email=mallory.user.email, role=Role.MEMBER, department_id=None, by=alice.user)
    accept_invitation(secret=made.mailed_secret, user=mallory.user)
    notify()
    assert notified_kinds(alice) == ["member.joined"]
    assert mallory.user.email in mails(alice.user)[0]


def test_staff_hear_of_blocks_and_flags_and_the_customer_does_not(alice: Person, oscar: Any) -> None:
    notify()  # what other tests left is news for all staff, too
    mail.outbox.clear()
    with alice.acting(), transaction():
        whose = alice.user.pk
        record(FlagRaised(flag=uuid4(), user=whose, rule="hour_user", tokens=501, limit=500))
        record(BlockStarted(block=uuid4(), user=whose, rule="rate", ends_at=database_now()))
    notify()
    assert notified_kinds(alice) == []
    assert [subject.split(":")[0] for subject in mails(oscar)] == [
        "501 tokens in an hour",
        f"AI requests of {alice.user} are paused (" + mails(oscar)[1].split("(")[1],
    ]


def test_workers_at_once_tell_and_mail_once(alice: Person) -> None:
    with alice.acting():
        payment_failed()
    together(notify, workers=6)
    assert notified_kinds(alice) == ["license.payment_failed"]
    assert len(mails(alice.user)) == 1


def together(work: Callable[[], object], *, workers: int) -> None:
    def run(_: int) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, range(workers)))


@pytest.mark.parametrize("death", [OSError("the server is away"), SystemExit("killed")])
def test_a_worker_that_dies_while_mailing_loses_nothing(
    death: BaseException, alice: Person, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    notify()  # what other tests left comes first
    with alice.acting():
        payment_failed()

    def die(*args: Any) -> None:
        assert not connection.in_atomic_block
        raise death

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "send_mail", die)
        with suppress(SystemExit):
            notify()
    for _ in range(2):
        notify()
    assert mails(alice.user) == [], "somebody may still be sending it"
    superuser.execute(
        "UPDATE audit_notification SET email_claim_ends_at = now() WHERE organization_id = %s", [alice.organization_id]
    )
    for _ in range(2):
        notify()
    assert len(mails(alice.user)) == 1
    assert notified_kinds(alice) == ["license.payment_failed"]


def test_every_kind_in_the_table_is_an_event() -> None:
    assert RULES.keys() <= KINDS.keys()


def test_times_are_the_organizations() -> None:
    data = {"state": "offline", "starts_at": "2026-03-29T00:30:00+00:00", "next": None}
    text = render(kind="license.changed", data=data, organization="Bäcker", timezone="Europe/Berlin", user="")
    assert "since 29 Mar 2026, 01:30 (Europe/Berlin), sync is off" in text.body
