"""Mails on a schedule: a renewal ahead, a card that expires, each automatic attempt that failed; none twice."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from itertools import count

import psycopg
import pytest
from django.core import mail

from fake_stripe.engine import cards
from fake_stripe.engine.store import Obj, ObjectStore
from marketplace.models import BillReminder, Customer, Payment, StripeSubscription
from marketplace.stripe import gateway
from marketplace.stripe.gateway.client import NotPossible
from marketplace.subscriptions import changes, reminders
from plans.agreements import price_changes
from saas.accounts.models import Organization
from saas.kernel.clock import database_now
from saas.kernel.items import set_aside_by
from saas.notifications import inbox
from saas.notifications.rules import Topic
from tests.fake_stripe.mailed import everything_again, subjects
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tests.price_books import new_prices

pytestmark = pytest.mark.own_database


def mails(shop: Shop, words: str) -> Counter[str]:
    """Return the mails of these words; the job has run twice, and everything was delivered again."""
    for _ in range(2):
        reminders.remind_all()
        everything_again(shop)
    return Counter({text: n for text, n in subjects(shop).items() if words in text})


def until_renewal(shop: Shop) -> timedelta:
    with shop.owner.acting():
        return StripeSubscription.objects.get().period_ends_at - database_now()


def wait_until_before_renewal(shop: Shop, before: timedelta) -> None:
    shop.wait(seconds=(until_renewal(shop) - before).total_seconds())
    deliver(shop)


def test_a_renewal_ahead_is_told_once_with_its_amount_day_and_card(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        Organization.objects.filter(id=shop.owner.organization_id).update(timezone="Pacific/Auckland")
    wait_until_before_renewal(shop, reminders.BEFORE + timedelta(hours=1))
    assert not mails(shop, "renews on")
    shop.wait(hours=2)
    [(subject, count)] = mails(shop, "renews on").items()
    assert count == 1 and subject.endswith(": $149.00")
    [body] = [message.body for message in mail.outbox if "renews on" in message.subject]
    assert "(Pacific/Auckland)" in body and "Visa ending in 4242" in body
    shop.wait(days=8)
    deliver(shop)
    wait_until_before_renewal(shop, timedelta(days=6))
    assert sum(mails(shop, "renews on").values()) == 2, "the next renewal is another one"


def test_a_subscription_that_ends_and_who_does_not_want_it_hear_of_no_renewal(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        inbox.choose(user_id=shop.owner.user.pk, topics={Topic.RENEWALS: (False, False)})
    wait_until_before_renewal(shop, timedelta(days=5))
    assert not mails(shop, "renews on")
    shop.wait(days=6)
    deliver(shop)
    with shop.owner.acting():
        assert BillReminder.objects.count() == 1
        changes.cancel(caller=shop.owner.caller)
    deliver(shop)
    wait_until_before_renewal(shop, timedelta(days=5))
    assert not mails(shop, "renews on")
    with shop.owner.acting():
        assert BillReminder.objects.count() == 1


def expire(store: ObjectStore, method: Obj, month: int, year: int) -> None:
    details = method["card"] | {"exp_month": month, "exp_year": year}
    store.change(method, event_type="payment_method.updated", card=details)


def test_a_card_that_expires_is_told_once_and_a_new_one_anew(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    shop.wait(hours=1)  # an organization with a clock of its own is asked for its day
    with shop.owner.acting():
        card, now = Customer.objects.get().payment_method_id, database_now()
    later = now + timedelta(days=70)
    shop.act("payment_method", card, expire, month=later.month, year=later.year)
    deliver(shop)
    assert not mails(shop, "expires at the end of")
    shop.act("payment_method", card, expire, month=now.month, year=now.year)
    deliver(shop)
    assert mails(shop, "expires at the end of") == {
        f"The Visa ending in 4242 expires at the end of {now.month:02}/{now.year}": 1
    }


def test_each_automatic_attempt_that_failed_is_told_once_with_the_way_to_pay(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        card = Customer.objects.get().payment_method_id
    shop.act("payment_method", card, cards.set_behaviour, behaviour="declines")
    shop.wait(seconds=until_renewal(shop).total_seconds() + 3700)
    deliver(shop)
    assert not mails(shop, "another attempt"), "the first is told as the beginning of day 0"
    for attempt in (2, 3, 4):
        shop.wait(days=6, hours=1)
        deliver(shop)
        assert sum(mails(shop, "another attempt").values()) == attempt - 1
    bodies = [message.body for message in mail.outbox if "another attempt" in message.subject]
    assert all("/sandbox/invoices/" in body for body in bodies)
    assert "There is no further one." in bodies[-1] and "The next one comes on" in bodies[0]


def amount_in_reminder(shop: Shop) -> str:
    """Return the amount that the mail before the next renewal says."""
    wait_until_before_renewal(shop, timedelta(days=6))
    [subject] = mails(shop, "renews on")
    return subject.rpartition(": ")[2]


def test_the_amount_of_a_downgrade_to_come_is_what_was_agreed_for_it(
    opened: Shop, superuser: psycopg.Connection
) -> None:
    shop = opened
    subscribe(shop, "enterprise")
    with shop.owner.acting():
        assert changes.change_plan(caller=shop.owner.caller, plan_key="pro").status == "scheduled"
    deliver(shop)
    with new_prices(superuser, pro={"monthly_price": Decimal(176)}):
        assert amount_in_reminder(shop) == "$149.00"
        shop.wait(days=7)
        deliver(shop)
        with shop.owner.acting():
            assert Payment.objects.latest("paid_at").paid_cents == 14900, "as the mail said"


def test_the_amount_of_an_announced_price_is_what_will_be_billed(opened: Shop, superuser: psycopg.Connection) -> None:
    shop = opened
    subscribe(shop, "pro")
    with shop.owner.acting():
        row = StripeSubscription.objects.get()
        items = [{"id": row.item_id, "quantity": 2}]
        shop.v1.subscriptions.update(row.subscription_id, {"items": items, "proration_behavior": "none"})
    deliver(shop)
    with new_prices(superuser, pro={"monthly_price": Decimal(176), "monthly_tokens": 300}):
        with shop.owner.acting():
            price_changes.move(plan_key="pro", notice=timedelta(days=20), reason="costs rose")
        assert amount_in_reminder(shop) == "$352.00", "two of $176, which is not scheduled at Stripe yet"


def test_the_card_that_is_charged_is_named_and_watched_and_no_other(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    wait_until_before_renewal(shop, timedelta(days=8))
    with shop.owner.acting():
        own = StripeSubscription.objects.get().method_id
        other = shop.saved_card(shop.v1.customers.retrieve(Customer.objects.get().customer_id), "authentication")
        ends = database_now() + timedelta(days=2)
    shop.act("payment_method", own, expire, month=ends.month, year=ends.year)
    shop.act("payment_method", other, expire, month=ends.month, year=ends.year)
    deliver(shop)
    with shop.owner.acting():
        assert Customer.objects.get().payment_method_id == other != own == StripeSubscription.objects.get().method_id
    assert not mails(shop, "expires at the end of"), "the saved card pays for nothing"
    wait_until_before_renewal(shop, timedelta(days=6))
    assert sum(mails(shop, "renews on").values()) == 1
    [body] = [message.body for message in mail.outbox if "renews on" in message.subject]
    assert "Visa ending in 4242" in body
    [(subject, times)] = mails(shop, "expires at the end of").items()
    assert "Visa ending in 4242" in subject and times == 1


def test_where_stripe_refuses_a_preview_the_mails_come_without_the_amount(
    opened: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = opened
    subscribe(shop, "pro")
    wait_until_before_renewal(shop, timedelta(days=6))
    with shop.owner.acting():
        card, now = Customer.objects.get().payment_method_id, database_now()
    shop.act("payment_method", card, expire, month=now.month, year=now.year)
    deliver(shop)

    def refused(snapshot: object, *, price_id: str) -> Decimal:
        raise NotPossible("no upcoming invoice")

    monkeypatch.setattr(gateway, "quote_renewal", refused)
    [subject] = mails(shop, "renews on")
    assert "$" not in subject
    [body] = [message.body for message in mail.outbox if "renews on" in message.subject]
    assert "The bill is charged to Visa ending in 4242" in " ".join(body.split())
    assert sum(mails(shop, "expires at the end of").values()) == 1
    assert set_aside_by(reminders.JOB) == {}


def test_a_run_that_takes_too_long_leaves_the_rest_to_the_next_one(
    opened: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(opened, "pro")
    wait_until_before_renewal(opened, timedelta(days=6))
    ticks = count(step=reminders.BUDGET_SECONDS)
    with monkeypatch.context() as slow:
        slow.setattr(reminders, "monotonic", lambda: next(ticks))
        assert reminders.remind_all() == 0
    assert sum(mails(opened, "renews on").values()) == 1
