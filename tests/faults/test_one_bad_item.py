"""One organization among ten is poisoned: every scheduled job serves the other nine, and says what it set aside.

A job of the beat schedule without an entry in TRIALS or OF_NO_ORGANIZATION fails the first test.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from licensing.actions import payment_failed
from quests.actions import record_revenue
from saas.backoffice import set_aside
from saas.celery import app
from saas.kernel import items, tenancy
from saas.kernel.models import SetAsideItem
from tests.audit.raw_events import append
from tests.conftest import PASSWORD, Person, log_in, make_goal, open_business
from tests.quests.plans import first_of_month, move_to, plan, set_hour
from tokens import actions as ledger_actions

pytestmark = pytest.mark.own_database
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Sql = psycopg.Connection


@dataclass(frozen=True)
class Trial:
    """How a job gets something to do for an organization, how one is poisoned, and how to see who was served.

    `poison` damages data; or `refused` is a table that refuses what is written of the poisoned organization; or
    `visited` is the function, as module:name, that the job calls for each and that raises for the poisoned one.
    """

    prepare: Callable[[Person], Any]
    served: Callable[[Person, Any], bool] | None = None
    poison: Callable[[Sql, Person], Any] | None = None
    refused: str = ""
    visited: str = ""


def sql(text: str) -> Callable[[Sql, Person], Any]:
    """Return a damage done by one statement about the organization."""
    return lambda superuser, person: superuser.execute(text, [person.organization_id])


def found(text: str) -> Callable[[Person, Any], bool]:
    """Return a look whether a statement finds a row of the organization."""

    def look(person: Person, made: Any) -> bool:
        from django.db import connection

        with tenancy.system(), connection.cursor() as cursor:
            cursor.execute(text, [person.organization_id])
            return cursor.fetchone() is not None

    return look


def change(text: str) -> None:
    """Change rows of the organization acted for, as nobody can: see `owner`."""
    from django.conf import settings

    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as owner:
        owner.execute(text, [tenancy.current_organization_id()])


def spend(person: Person, tokens: int) -> None:
    made: dict[str, Any] = {"transaction_id": uuid4(), "tokens": tokens}
    ledger_actions.hold(
        operation="quest", price_book_version=None, user_id=person.user.pk, department_id=None, seconds=60, **made
    )
    ledger_actions.settle(**made)


def hold_late(person: Person) -> None:
    who = {"user_id": person.user.pk, "department_id": None}
    ledger_actions.hold(transaction_id=uuid4(), tokens=1, operation="quest", price_book_version=None, seconds=60, **who)
    change("UPDATE tokens_hold SET expires_at = now() - interval '1 minute' WHERE organization_id = %s")


def come_due(person: Person) -> None:
    change(
        "UPDATE plans_subscription SET anchor_at = anchor_at - interval '40 days', allowance_until = NULL"
        " WHERE organization_id = %s"
    )


def overdue(person: Person) -> None:
    payment_failed()
    change("UPDATE licensing_license SET past_due_at = now() - interval '15 days' WHERE organization_id = %s")


def report(person: Person) -> None:
    from saas.reports.models import ReportFile

    today = datetime.now(UTC).date()
    ReportFile.objects.create(user_id=person.user.pk, report="goals", first_day=today, last_day=today, lines=1)


def endpoint(person: Person) -> Any:
    from saas.webhooks import actions as webhooks

    return webhooks.create_endpoint(url="http://127.0.0.1:9/hooks", kinds=["goal.created"])


def step_due(person: Person) -> None:
    set_hour(person, 8)
    plan(person, make_goal(person), 0)


def month_over(person: Person) -> None:
    first = first_of_month()
    goal = make_goal(person)
    with person.acting():
        record_revenue(
            goal_id=goal.id, amount=Decimal(1), received_on=first.date() - timedelta(days=1), by=person.user.pk
        )
    move_to(person, first.replace(hour=8))


def published_event(person: Person) -> None:
    endpoint(person)
    append("goal.created", {"goal": uuid4()})


def delivery(person: Person, **values: Any) -> Any:
    from saas.webhooks.models import Delivery

    made = endpoint(person)
    return Delivery.objects.create(
        endpoint_id=getattr(made, "endpoint", made).id,
        event_id=uuid4(),
        seq=1,
        kind="goal.created",
        body="{}",
        **values,
    )


def old_delivery(person: Person) -> None:
    delivery(person, status="delivered")
    change("UPDATE webhooks_delivery SET created_at = now() - interval '40 days' WHERE organization_id = %s")


def stripe_event(person: Person) -> None:
    from marketplace.models import StripeEvent

    with tenancy.system():
        StripeEvent.objects.create(
            event_id=f"evt_{person.organization_id}",
            type="plan.created",
            created_at=NOW,
            payload={"data": {"object": {"object": "plan"}}},
        )


def fake_object(person: Person) -> None:
    from fake_stripe.models import FakeObject

    FakeObject.objects.create(stripe_id=f"x_{uuid4().hex}", kind="invoice", data={}, due_at=NOW)


def pending_order(person: Person) -> None:
    from marketplace.models import PackOrder

    PackOrder.objects.create(
        price_book_version=1,
        pack_key="pack_500",
        pack_name="500",
        tokens=500,
        amount=29,
        method="invoice",
        attempted_at=NOW,
    )


def topup(person: Person) -> None:
    from marketplace.models import TopUp

    TopUp.objects.create(enabled=True, pack_key="pack_500", below_tokens=9, monthly_cap=90)


def unpaid(person: Person) -> None:
    from marketplace.models import StripeSubscription

    StripeSubscription.objects.create(
        subscription_id=f"sub_{uuid4().hex}",
        plan_key="pro",
        status="past_due",
        anchor_at=NOW,
        period_starts_at=NOW,
        period_ends_at=NOW,
        past_due_at=NOW,
    )


def overage(person: Person) -> None:
    from marketplace.models import Overage

    Overage.objects.create(monthly_cap=9, token_price=Decimal("0.02"), changed_at=NOW, collected_seq=0)


def trial_over(person: Person) -> None:
    from plans.models import Subscription
    from plans.models import Trial as PlanTrial

    Subscription.objects.all().delete()
    began = NOW - timedelta(days=14)
    PlanTrial.objects.create(plan_key="pro", tokens=9, started_by=person.user, started_at=began, ends_at=NOW)


def late_gift(person: Person) -> None:
    from marketplace.models.gifts import Gift

    Gift.objects.create(kind="staff", tokens=5, from_name="Milepost", to_name="You", expires_at=NOW)


def customer(person: Person) -> None:
    from marketplace.models import Customer

    Customer.objects.create(customer_id=f"cus_{uuid4().hex}")


def old_key(person: Person) -> None:
    from saas.web.models import IdempotencyRecord

    IdempotencyRecord.objects.create(key="k", request_hash=b"x", user_id=person.user.pk)
    change("UPDATE web_idempotency SET created_at = now() - interval '2 days' WHERE organization_id = %s")


def caught_up(reader: str) -> Callable[[Person, Any], bool]:
    return found(
        "SELECT 1 FROM audit_reader_position p JOIN audit_chain_head h USING (organization_id)"
        f" WHERE p.organization_id = %s AND p.reader = '{reader}' AND p.seq = h.seq"
    )


def password_changed(person: Person) -> None:
    from allauth.account.signals import password_changed

    password_changed.send(sender=type(person.user), request=None, user=person.user)


def closed_long_ago(person: Person) -> None:
    change("UPDATE accounts_organization SET closed_at = now() - interval '91 days' WHERE id = %s")


def gone(table: str, where: str = "true") -> Callable[[Person, Any], bool]:
    look = found(f"SELECT 1 FROM {table} WHERE organization_id = %s AND {where}")
    return lambda person, made: not look(person, made)


def announced_price(person: Person) -> None:
    from plans.agreements import pinning
    from plans.agreements.queries import sold_terms
    from plans.models import Agreement, Subscription

    subscription, now = Subscription.objects.get(ended_at=None), NOW
    terms = sold_terms(subscription.plan_key, at=now)
    Agreement.objects.create(
        subscription=subscription, plan_key=terms.plan_key, announced_for=now, **pinning.figures(terms)
    )


def renewal_ahead(person: Person) -> None:
    from marketplace.models import StripeSubscription

    now = datetime.now(UTC)
    StripeSubscription.objects.create(
        subscription_id=f"sub_{uuid4().hex}",
        plan_key="pro",
        plan_subscription_id=uuid4(),
        status="active",
        anchor_at=NOW,
        period_starts_at=now - timedelta(days=28),
        period_ends_at=now + timedelta(days=2),
    )


def visit(name: str, prepare: Callable[[Person], Any]) -> Trial:
    return Trial(prepare, visited=name)


TRIALS = {
    "sweep": Trial(hold_late, gone("tokens_hold", "ended_at IS NULL"), refused="tokens_hold"),
    "refresh allowances": Trial(
        come_due,
        found("SELECT 1 FROM plans_subscription WHERE organization_id = %s AND allowance_until > now()"),
        poison=sql("UPDATE plans_subscription SET plan_key = 'gone' WHERE organization_id = %s"),
    ),
    "advance trials": visit("plans.trials.actions:advance_trial", trial_over),
    "advance licenses": Trial(
        overdue,
        found("SELECT 1 FROM licensing_license WHERE organization_id = %s AND recorded_state = 'offline'"),
        refused="licensing_license",
    ),
    "watch balances": Trial(
        lambda person: None,
        found("SELECT 1 FROM tokens_gauge WHERE organization_id = %s"),
        refused="tokens_gauge",
    ),
    "notify": Trial(
        lambda person: append("balance.used_up", {"left": 0, "of": 200, "percent": 0}),
        found("SELECT 1 FROM audit_notification WHERE organization_id = %s AND kind = 'balance.used_up'"),
        refused="audit_notification",
    ),
    "build reports": Trial(
        report,
        found("SELECT 1 FROM reports_file WHERE organization_id = %s AND status = 'ready'"),
        refused="reports_file",
    ),
    "publish webhooks": Trial(
        published_event,
        found("SELECT 1 FROM webhooks_delivery WHERE organization_id = %s"),
        refused="webhooks_delivery",
    ),
    "deliver webhooks": Trial(
        delivery, found("SELECT 1 FROM webhooks_attempt WHERE organization_id = %s"), refused="webhooks_attempt"
    ),
    "forget webhooks": Trial(old_delivery, gone("webhooks_delivery"), refused="webhooks_delivery"),
    "work inbox": Trial(
        stripe_event,
        found("SELECT 1 FROM marketplace_stripe_event WHERE event_id = 'evt_' || %s::text AND status = 'ignored'"),
        poison=sql("UPDATE marketplace_stripe_event SET payload = '{}' WHERE event_id = 'evt_' || %s::text"),
    ),
    "sandbox": visit("fake_stripe.actions:pass_time", fake_object),
    "settle orders": visit("marketplace.packs.orders:settle_unknown", pending_order),
    "top up": visit("marketplace.packs.orders:top_up", topup),
    "pay with new cards": visit("marketplace.subscriptions.overdue:pay_with_new_card", unpaid),
    "report overage": visit("marketplace.overage.uses:report", overage),
    "look after gifts": Trial(late_gift, gone("marketplace_gift", "status = 'offered'"), refused="marketplace_gift"),
    "follow price changes": visit("marketplace.subscriptions.price_changes:follow_price_change", announced_price),
    "remind of bills": visit("marketplace.subscriptions.reminders:remind", renewal_ahead),
    "send billing contacts": visit("marketplace.stripe.contacts:send_contact", customer),
    "reconcile with Stripe": visit("marketplace.stripe.reconciliation:reconcile_organization", customer),
    "end unpaid subscriptions": visit("marketplace.subscriptions.overdue:end_unpaid", unpaid),
    "record activity": Trial(
        password_changed,
        found("SELECT 1 FROM audit_event WHERE organization_id = %s AND kind = 'user.password_changed'"),
        refused="audit_event",
    ),
    "remind of steps": Trial(
        step_due,
        found("SELECT 1 FROM audit_event WHERE organization_id = %s AND kind = 'step.due'"),
        refused="audit_event",
    ),
    "summarize": Trial(
        month_over,
        found("SELECT 1 FROM audit_event WHERE organization_id = %s AND kind = 'month.ended'"),
        refused="audit_event",
    ),
    "enforce retention": visit("quests.actions:forget_organization", closed_long_ago),
    "forget idempotency keys": Trial(old_key, gone("web_idempotency"), refused="web_idempotency"),
}

OF_NO_ORGANIZATION = {
    "checkpoint": "writes one file from one statement",
    "catch up with Stripe": "its items are events: see the test below",
    "forget webhook bodies": "one statement over the platform's own table",
    "check margins": "its items are months of the whole platform",
    "forget counters": "one statement over counters of attempts, which are nobody's",
    "alert staff": "its items are what the others set aside",
    "demo": "its item is the demo's one organization",
}


def test_every_scheduled_job_is_tried() -> None:
    assert {*TRIALS, *OF_NO_ORGANIZATION} == set(app.conf.beat_schedule)
    assert not TRIALS.keys() & OF_NO_ORGANIZATION.keys()


@pytest.mark.parametrize("name", TRIALS)
def test_nine_of_ten_are_served_and_the_tenth_is_set_aside(
    name: str, superuser: Sql, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True
    trial, people = TRIALS[name], [open_business() for _ in range(10)]
    made = {}
    for person in people:
        with person.acting():
            made[person.organization_id] = trial.prepare(person)
    poisoned = people[3]
    visits = _visits(trial, poisoned, monkeypatch) if trial.visited else []
    with _poisoned(trial, superuser, poisoned):
        run(name)
        if name in COMMANDS:
            with pytest.raises(CommandError, match="set aside"):
                call_command(COMMANDS[name])
    for person in people:
        if trial.served is None:
            served = person.organization_id in visits
        else:
            served = trial.served(person, made[person.organization_id])
        assert served is (person is not poisoned)
    if name not in TELL_IT_THEMSELVES:
        assert aside_of(poisoned), "it is on the list of what was set aside"
    assert not [person for person in people if person is not poisoned and aside_of(person)]
    _mend(poisoned, superuser)


COMMANDS = {
    "sweep": "sweep_holds",
    "refresh allowances": "refresh_allowances",
    "advance licenses": "advance_licenses",
}
"""What runs a job by hand: it ends with an error while something is set aside."""

TELL_IT_THEMSELVES = {"work inbox"}
"""Jobs whose items carry their own failures: an event of Stripe waits longer each time, and is parked for staff."""


def run(name: str) -> Any:
    """Run a scheduled job here and now, as a worker does."""
    app.loader.import_default_modules()
    return app.tasks[app.conf.beat_schedule[name]["task"]]()


def aside_of(person: Person) -> list[SetAsideItem]:
    with tenancy.system():
        return list(SetAsideItem.objects.filter(organization_id=person.organization_id))


def _visits(trial: Trial, poisoned: Person, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Note for which organizations a function is called; raise for the poisoned one."""
    module, _, function = trial.visited.partition(":")
    visits: list[UUID] = []

    def visited(*arguments: Any) -> int:
        organization_id = arguments[0] if arguments else tenancy.current_organization_id()
        if organization_id == poisoned.organization_id:
            raise KeyError("gold")
        visits.append(organization_id)
        return 0

    monkeypatch.setattr(import_module(module), function, visited)
    return visits


@contextmanager
def _poisoned(trial: Trial, superuser: Sql, person: Person) -> Iterator[None]:
    if trial.poison:
        trial.poison(superuser, person)
    if not trial.refused:
        yield
        return
    superuser.execute(
        "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF coalesce(NEW.organization_id, OLD.organization_id) = '{person.organization_id}' THEN"
        " RAISE EXCEPTION 'poisoned'; END IF; RETURN coalesce(NEW, OLD); END $$"
    )
    superuser.execute(
        f"CREATE TRIGGER poison BEFORE INSERT OR UPDATE OR DELETE ON {trial.refused}"
        " FOR EACH ROW EXECUTE FUNCTION poison()"
    )
    try:
        yield
    finally:
        superuser.execute("DROP FUNCTION poison CASCADE")


def _mend(person: Person, superuser: Sql) -> None:
    """Leave nothing behind that would be set aside again in other tests."""
    superuser.execute(
        "UPDATE plans_subscription SET plan_key = 'pro' WHERE organization_id = %s", [person.organization_id]
    )
    superuser.execute("DELETE FROM marketplace_sandbox_object WHERE kind = 'invoice' AND data = '{}'")
    sql("DELETE FROM kernel_set_aside WHERE organization_id = %s")(superuser, person)


# Events that cannot be rendered: reliability D1.


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("gift.declined", {}),
        ("license.stage_coming", {"state": "offline", "starts_at": "yesterday"}),
        ("license.changed", {"state": "gone", "starts_at": "2026-01-01T00:00:00Z"}),
        ("member.joined", {"user": "bob", "role": "member"}),
        ("gift.offered", {"tokens": 5, "from": "a", "to": "b", "expires_at": None}),
    ],
)
def test_an_event_that_cannot_be_told_costs_neither_others_nor_its_own_organization_the_rest(
    kind: str, data: dict[str, Any], alice: Person, mallory: Person
) -> None:
    with alice.acting():
        append(kind, data)
        append("balance.used_up", {"left": 0, "of": 200, "percent": 0})
    with mallory.acting():
        append("balance.used_up", {"left": 0, "of": 200, "percent": 0})
    run("notify")
    for person in (alice, mallory):
        assert TRIALS["notify"].served(person, None)  # type: ignore[misc]
        assert caught_up("notifications")(person, None)
    [item] = aside_of(alice)
    assert (item.job, item.attempts) == ("notifications", 1)
    assert "saas/notifications/" in item.place and ".py:" in item.place
    assert not aside_of(mallory)


def test_an_event_set_aside_is_told_once_its_cause_is_mended(
    alice: Person, monkeypatch: pytest.MonkeyPatch, superuser: Sql
) -> None:
    from saas.notifications import delivery
    from saas.notifications.models import Notification
    from saas.notifications.rendering import render as healthy

    def broken(**values: Any) -> Any:
        if values["kind"] == "balance.low":
            raise KeyError("a text changed in a release")
        return healthy(**values)

    monkeypatch.setattr(delivery, "render", broken)
    with alice.acting():
        append("balance.low", {"left": 9, "of": 200, "percent": 5})
    run("notify")
    run("notify")
    [item] = aside_of(alice)
    assert item.attempts == 1, "it pauses before it is tried again"
    monkeypatch.setattr(delivery, "render", healthy)
    with tenancy.system():
        set_aside.repeat(item=item, reason="The text is mended.")
    run("notify")
    run("notify")
    assert not aside_of(alice)
    with alice.acting():
        assert Notification.objects.filter(kind="balance.low").count() == 1


# What staff see of it.


def test_staff_are_alerted_once_per_item_and_all_of_a_job_together(alice: Person, mallory: Person, oscar: Any) -> None:
    from saas.notifications.models import Notification

    for person in (alice, mallory):
        items.set_aside("a job", f"item of {person.organization_id}", person.organization_id, KeyError("secret words"))
        items.set_aside("a job", f"item of {person.organization_id}", person.organization_id, KeyError("secret words"))
    run("alert staff")
    run("alert staff")
    run("notify")
    with tenancy.system():
        notes = Notification.objects.filter(kind="job.item_set_aside", user=oscar, body__contains="a job")
        assert [note.title for note in notes] == ["2 set aside by a job"]
        assert "secret" not in notes[0].body
        SetAsideItem.objects.filter(job="a job").delete()


def test_what_may_pass_by_itself_alerts_nobody_before_the_third_time(alice: Person) -> None:
    for attempt in range(3):
        items.set_aside("a busy job", "x", alice.organization_id, OperationalError("lock timeout"))
        run("alert staff")
        with tenancy.system():
            item = SetAsideItem.objects.get(job="a busy job")
        assert (item.alerted_at is not None) is (attempt == 2)
        assert (item.retry_at > item.last_seen_at) is (attempt == 2)
    items.solve("a busy job", ["x"])


def test_the_admin_lists_repeats_and_drops(alice: Person, superuser: Sql) -> None:
    from django.test import Client

    from saas.backoffice.organizations import ensure_user

    items.set_aside("a job", "one", alice.organization_id, KeyError("x"))
    with tenancy.system():
        item = SetAsideItem.objects.get(job="a job", item="one")
    root = ensure_user(email=f"root-{uuid4().hex}@example.com", password=PASSWORD, is_staff=True)
    browser = Client()
    log_in(browser, root)
    page = browser.get("/admin/kernel/setasideitem/")
    assert page.status_code == 200 and b"KeyError" in page.content
    form = {"_selected_action": [str(item.id)], "submission": str(uuid4()), "reason": "It is mended."}
    browser.post("/admin/kernel/setasideitem/", {**form, "action": "repeat"})
    assert items.set_aside_by("a job")["one"] is not False
    browser.post("/admin/kernel/setasideitem/", {**form, "action": "drop"})
    assert "one" not in items.set_aside_by("a job")


def test_metrics_count_what_is_set_aside(alice: Person) -> None:
    from django.test import Client

    items.set_aside("a counted job", "x", alice.organization_id, KeyError("x"))
    text = Client().get("/metrics").content.decode()
    assert 'milepost_items_set_aside{job="a counted job"} 1.0' in text
    items.solve("a counted job", ["x"])


def test_one_mail_that_is_refused_keeps_no_other_from_being_sent(
    alice: Person, mallory: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtplib import SMTPRecipientsRefused

    from django.core import mail
    from django.core.mail import send_mail as send

    from saas.notifications import delivery

    def refusing(title: str, body: str, sender: str, to: list[str]) -> int:
        if to == [alice.user.email]:
            raise SMTPRecipientsRefused({alice.user.email: (550, b"no such mailbox")})
        return send(title, body, sender, to)

    monkeypatch.setattr(delivery, "send_mail", refusing)
    for person in (alice, mallory):
        with person.acting():
            append("balance.used_up", {"left": 0, "of": 200, "percent": 0})
    run("notify")
    assert [sent for sent in mail.outbox if sent.to == [mallory.user.email]]
    assert [item.job for item in aside_of(alice)] == ["mails"]
    with tenancy.system():
        SetAsideItem.objects.filter(organization_id=alice.organization_id).delete()


def test_an_event_of_stripe_that_cannot_be_kept_keeps_no_other_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from marketplace.models import StripeEvent
    from marketplace.stripe import gateway, inbox
    from marketplace.stripe.gateway.snapshots import EventSnapshot

    ids = [f"evt_{uuid4().hex}" for _ in range(3)]
    stripe_events = [
        EventSnapshot(id, "invoice.paid", NOW, "in_1", {"bad": "\x00"} if id == ids[0] else {}) for id in ids
    ]
    monkeypatch.setattr(gateway, "events_since", lambda since, types: iter(stripe_events))
    assert inbox.catch_up() == 2
    with tenancy.system():
        assert StripeEvent.objects.filter(event_id__in=ids).count() == 2
        StripeEvent.objects.filter(event_id__in=ids).delete()
    assert ids[0] in items.set_aside_by("catch_up")
    items.solve("catch_up", ids)


def test_alerts_of_the_ledger_hold_one_organizations_lock_at_a_time(
    alice: Person, mallory: Person, monkeypatch: pytest.MonkeyPatch, superuser: Sql
) -> None:
    from tokens import alerts

    held: list[int] = []
    take = alerts._take

    def counting(events: Sequence[Any]) -> int:
        made = take(events)
        held.append(_locks(superuser))
        return made

    monkeypatch.setattr(alerts, "_take", counting)
    for person in (alice, mallory):
        with person.acting():
            spend(person, 199)
    run("watch balances")
    assert held and max(held) <= 1


def _locks(superuser: Sql) -> int:
    [(locks,)] = superuser.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchall()
    return int(locks)
