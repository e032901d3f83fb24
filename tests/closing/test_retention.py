"""What was kept long enough is forgotten, and closed organizations are purged down to ledger and audit log (S16)."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import F
from django.utils.timezone import now

from audit.models import Event
from quests import actions as quest_actions
from saas.accounts.models import Invitation, Membership, Organization, Role
from saas.celery import app
from saas.closing import actions
from saas.closing.actions import retention
from saas.closing.tasks import enforce_retention
from saas.kernel import tenancy
from saas.kernel.models import SetAsideItem
from saas.notifications.models import Notification
from saas.notifications.tasks import notify
from saas.team import actions as team
from tests.closing.ledger_and_chains import everything_verifies, where_it_stands
from tests.conftest import Person, hire, make_goal

pytestmark = pytest.mark.own_database


def closed_long_ago(person: Person, *, days: int = 91) -> None:
    """Close the person's organization, and let so many days pass."""
    with person.acting():
        actions.close(caller=person.caller, name=Organization.objects.get(id=person.organization_id).name)
    with tenancy.system():
        ours = Organization.objects.filter(pk=person.organization_id)
        ours.update(closed_at=F("closed_at") - timedelta(days=days))


def full(person: Person, word: str) -> None:
    """Leave the word wherever somebody can write."""
    goal = make_goal(person, f"Grow {word}")
    gone = make_goal(person, f"Shrink {word}")
    with person.acting():
        team.create_department(name=f"Dept {word}")
        team.create_api_key(name=f"key {word}", scopes=["read"], by=person.user, mode="test")
        team.invite(email=f"{word}@example.com", role=Role.MEMBER, department_id=None, by=person.user)
        team.update_organization(name=f"Bakery {word}", timezone="UTC")
    assert person.post("/quests", {"goal": str(goal.pk)}).status_code == 201
    assert (
        hire(person, "admin").post("/lead-lists", {"goal": str(goal.pk), "brief": f"offices {word}"}).status_code == 201
    )
    assert (
        person.post(
            "/revenue-entries",
            {"goal": str(goal.pk), "amount": "5.00", "received_on": "2026-11-01", "note": f"sold {word}"},
        ).status_code
        == 201
    )
    assert person.delete(f"/goals/{gone.pk}").status_code in (200, 204)
    hook = {"url": f"https://example.com/{word}", "events": ["*"], "description": word}
    assert person.post("/webhook-endpoints", hook).status_code == 201


def test_an_organization_is_purged_down_to_ledger_and_chain(business: Any) -> None:
    alice, word = business("enterprise"), f"w{uuid4().hex}"
    full(alice, word)
    notify()
    assert len(where_it_stands([word])) > 8
    closed_long_ago(alice, days=89)
    actions.purge_closed()
    assert "quests_goal.title" in where_it_stands([word]), "its time is not over"
    with tenancy.system():
        Organization.objects.filter(pk=alice.organization_id).update(closed_at=F("closed_at") - timedelta(days=2))
    actions.purge_closed()
    assert where_it_stands([word]) in (
        [],
        ["web_idempotency.answer"],
        ["web_idempotency.answer", "web_idempotency.key"],
    )
    with alice.acting():
        assert Membership.objects.count() == 0
        assert Event.objects.filter(kind="organization.purged").count() == 1
        assert Organization.objects.get(pk=alice.organization_id).name == "Closed organization"
    assert everything_verifies()


def test_one_that_cannot_be_purged_stops_no_other(business: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = business(), business()
    for each in (bad, good):
        closed_long_ago(each)
    forget = quest_actions.forget_organization

    def fail_for_one() -> None:
        if tenancy.current_organization_id() == bad.organization_id:
            raise RuntimeError("a bad row")
        forget()

    with monkeypatch.context() as patch:
        patch.setattr(quest_actions, "forget_organization", fail_for_one)
        actions.purge_closed()
    with tenancy.system():
        aside = SetAsideItem.objects.filter(job="purge_organizations", organization_id=bad.organization_id)
        assert aside.count() == 1
        aside.update(retry_at=now())
        purged = Organization.objects.filter(
            pk__in=[bad.organization_id, good.organization_id], purged_at__isnull=False
        )
        assert [each.pk for each in purged] == [good.organization_id]
        actions.purge_closed()
        assert Organization.objects.get(pk=bad.organization_id).purged_at is not None
    assert everything_verifies()


def test_what_is_older_than_its_days_is_forgotten_and_the_rest_stays(alice: Person) -> None:
    browser, ended = alice.browser(), alice.browser()
    keys = [each.session.session_key for each in (browser, ended)]
    Session.objects.filter(session_key=keys[1]).update(expire_date=now() - timedelta(seconds=1))
    with alice.acting():
        old, new = (
            team.invite(
                email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=alice.user
            ).invitation
            for _ in range(2)
        )
        Invitation.objects.filter(pk=old.pk).update(expires_at=now() - timedelta(days=91))
        team.note_export(by=alice.user)
    notify()
    with alice.acting():
        assert Notification.objects.exists()
    enforce_retention()
    with alice.acting():
        assert [each.pk for each in Invitation.objects.all()] == [new.pk]
        assert Notification.objects.update(created_at=now() - timedelta(days=181)) == 1
    enforce_retention()
    with alice.acting():
        assert not Notification.objects.exists()
    assert list(Session.objects.filter(session_key__in=keys).values_list("session_key", flat=True)) == [keys[0]]


def test_one_step_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(retention.STEPS, "sessions", lambda days: 1 // (days - days))
    done = enforce_retention()
    assert "sessions" not in done and set(done) == set(retention.STEPS) - {"sessions"}
    with tenancy.system():
        assert SetAsideItem.objects.filter(job="enforce_retention", item="sessions").exists()
        SetAsideItem.objects.update(retry_at=now())


def test_the_table_that_people_read_is_the_one_that_the_job_enforces() -> None:
    text = (settings.BASE_DIR / "docs" / "privacy.md").read_text()
    table = {name: int(days) for name, days in re.findall(r"\| `(\w+)` \| (\d+) \|", text)}
    assert table == settings.RETENTION_DAYS
    assert set(table) == set(retention.STEPS) | {"webhook_deliveries", "stripe_payloads"}
    jobs = {"saas.closing.tasks.enforce_retention", "saas.webhooks.tasks.forget", "marketplace.tasks.forget_payloads"}
    assert jobs <= {each["task"] for each in app.conf.beat_schedule.values()}
