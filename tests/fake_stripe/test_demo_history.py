"""The demo's fourteen months: made by the product's own actions, so that everything verifies; safe to kill."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache

from audit.models import Event
from audit.verification import verify as verify_audit
from marketplace.models import Payment
from quests.models import Goal, LeadList, Quest, RevenueEntry, RevenueForecast
from saas.accounts.models import Organization, User
from saas.accounts.queries import memberships_of
from saas.backoffice import demo, demo_history
from saas.kernel import tenancy
from tests.fake_stripe.shop import Shop, deliver
from tokens.models import Entry
from tokens.verification import verify as verify_ledger

pytestmark = [pytest.mark.slow, pytest.mark.own_database]

STEPS_BEFORE_KILLED = (40, 70)


class Killed(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


def test_the_history_is_made_once_however_often_its_job_is_killed(
    opened: Shop, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    demo.seed()
    [membership] = memberships_of(User.objects.get(email="alice@demo.example").pk)
    organization = membership.organization
    assert organization.clock_is_behind
    for steps in STEPS_BEFORE_KILLED:
        _fill_until_killed(steps, monkeypatch)
    assert demo.fill() > 0
    bakery: Any = SimpleNamespace(owner=SimpleNamespace(organization_id=organization.id))
    deliver(bakery)

    with tenancy.organization(organization.id):
        assert not Organization.objects.get().clock_offset
        months = {(entry.received_on.year, entry.received_on.month) for entry in RevenueEntry.objects.all()}
        assert len(months) >= 14
        assert Goal.objects.count() + RevenueEntry.objects.count() == len(list(demo_history._goals_and_money()))
        reached = {goal.title for goal in Goal.objects.all() if goal.is_reached}
        assert reached == {demo_history.TARGETS[key].title for key in ("oven", "wedding")}
        assert Payment.objects.count() == 2
        assert Entry.objects.filter(kind="gift").count() == 1
        assert LeadList.objects.exists() and RevenueForecast.objects.exists()
        done = [step["done"] for quest in Quest.objects.all() for step in quest.steps]
        assert any(done) and not all(done)
        days = {quest.created_at.date() for quest in Quest.objects.all()}
        assert len(days) > 10
        kinds = set(Event.objects.values_list("kind", flat=True))
        assert {"request.approved", "gift.accepted", "department.created", "operation.refused"} <= kinds
        assert verify_audit().breaches == []
    with tenancy.system():
        verified = verify_ledger()
    assert verified.counts["holds"] > 20 and verified.breaches == 0
    assert demo.fill() == 0


def _fill_until_killed(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0

    def take(*args: Any) -> None:
        nonlocal taken
        taken += 1
        if taken > steps:
            raise Killed
        demo_history_take(*args)

    demo_history_take = demo_history._take
    with monkeypatch.context() as patched:
        patched.setattr(demo_history, "_take", take)
        with pytest.raises(Killed):
            demo.fill()
    cache.clear()
