"""A person's own notifications: read once, chosen by topic, nobody else's."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail

from licensing.actions import payment_failed
from quests.actions import record_revenue, update_goal
from saas.kernel.errors import Invalid
from saas.notifications import inbox, queries
from saas.notifications.models import Notification
from saas.notifications.rules import RULES, Topic, topic_of
from saas.notifications.tasks import notify
from tests.audit.raw_events import append
from tests.conftest import Person, hire

pytestmark = pytest.mark.own_database


def say(person: Person, kind: str, **data: Any) -> None:
    with person.acting():
        append(kind, data)
    notify()


LOW = {"left": 40, "of": 200, "percent": 20}


def test_news_are_unread_until_read_and_only_ones_own(alice: Person) -> None:
    admin = hire(alice, "admin")
    say(alice, "balance.low", **LOW)
    [unread] = alice.get("/notifications", read="false").json()["data"]
    assert (unread["topic"], unread["read_at"]) == ("tokens", None)
    assert admin.browser().post(f"/notifications/{unread['id']}").status_code == 404
    opened = alice.browser().post(f"/notifications/{unread['id']}")
    assert (opened.status_code, opened.headers["Location"]) == (302, "/packs")
    assert alice.get("/notifications", read="false").json()["data"] == []
    assert len(admin.get("/notifications", read="false").json()["data"]) == 1
    admin.browser().post("/notifications/read")
    assert "data-unread" not in admin.browser().get("/notifications").content.decode()


def test_a_topic_is_switched_off_here_or_by_mail(alice: Person) -> None:
    browser = alice.browser()
    browser.post("/notifications/choose", {"told": ["tokens:in_app", "team:by_mail"]})
    mail.outbox.clear()
    say(alice, "balance.low", **LOW)
    say(alice, "member.joined", user=str(alice.user.pk), role="member")
    assert [row["kind"] for row in alice.get("/notifications").json()["data"]] == ["balance.low"]
    mine = [message.subject for message in mail.outbox if message.to == [alice.user.email]]
    assert len(mine) == 1 and "joined" in mine[0]
    browser.post("/notifications/choose", {"told": []})
    say(alice, "balance.low", **LOW)
    with alice.acting():
        assert Notification.objects.count() == 2


def test_payments_and_security_are_always_told(alice: Person) -> None:
    alice.browser().post("/notifications/choose", {"told": []})
    with alice.acting():
        payment_failed()
    notify()
    assert [row["kind"] for row in alice.get("/notifications").json()["data"]] == ["license.payment_failed"]
    with alice.acting(), pytest.raises(Invalid):
        inbox.choose(user_id=alice.user.pk, topics={Topic.PAYMENTS: (False, False)})
    with alice.acting():
        assert set(queries.choices(alice.user.pk)) == {"tokens", "team", "goals", "steps", "pace", "months", "renewals"}


def test_every_kind_of_news_has_its_topic() -> None:
    assert {topic_of(kind) for kind in RULES} >= {
        Topic.PAYMENTS,
        Topic.TOKENS,
        Topic.TEAM,
        Topic.STAFF,
    }
    assert topic_of("license.changed") is Topic.PAYMENTS


def test_everybody_is_told_that_a_goal_is_reached_and_by_how_much_early(alice: Person, bob: Person, goal: Any) -> None:
    with alice.acting():
        update_goal(goal_id=goal.id, changes={"due_on": date(2026, 11, 3)})
        for amount in (11_999, 1, 5):
            record_revenue(goal_id=goal.id, amount=Decimal(amount), received_on=date(2026, 11, 2), by=alice.user.pk)
    notify()
    for person in (alice, bob):
        [told] = person.get("/notifications").json()["data"]
        assert (told["kind"], told["topic"]) == ("goal.reached", "goals") and goal.title in told["title"]
        assert "You did it: $12,000 on 2 Nov 2026, 1 day early." in told["body"]


def test_unknown_news_are_not_found(alice: Person) -> None:
    assert alice.browser().post(f"/notifications/{uuid4()}").status_code == 404
