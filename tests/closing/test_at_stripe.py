"""The money of an organization that closes: what ends at Stripe, in which order, and what comes too late."""

import time
from typing import Any

import pytest
import stripe

from audit.models import Event
from marketplace import closing
from marketplace.models import EventStatus, Overage, Payment, StripeSubscription
from marketplace.packs import orders
from marketplace.payments import refunds
from marketplace.stripe.gateway import PaymentsUnavailable
from marketplace.subscriptions.duplicates import refund_duplicates
from plans.actions import refresh_due
from plans.models import Subscription
from saas.accounts.models import ApiKey
from saas.closing.actions import close
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict
from saas.notifications.tasks import notify
from saas.team import actions as team
from tests.closing.conftest import closed_at, kinds, name_of, shut
from tests.conftest import Person
from tests.marketplace.conftest import known
from tests.marketplace.double import Double, event, intent, subscription
from tests.marketplace.life import Life, deliver, open_life
from tests.notifications.notified import notified_kinds
from tokens.queries import position

pytestmark = pytest.mark.own_database


def cancellable(life: Life) -> None:
    """Let the double end the subscription when it is told to."""

    def cancelled(path: str, params: Any) -> Any:
        life.sub.update(status="canceled", ended_at=int(time.time()))
        return life.sub

    life.double.on_delete[path_of(life)] = cancelled


def path_of(life: Life) -> str:
    return f"/v1/subscriptions/{life.sub['id']}"


@pytest.fixture
def carol(business: Any, stripe_double: Double) -> Person:
    """The owner of an organization on the free plan, not at Stripe yet."""
    person: Person = business("starter")
    return person


@pytest.fixture
def life(carol: Person, stripe_double: Double) -> Life:
    """Carol's paid subscription to Pro, which began three days ago."""
    life = open_life(carol, stripe_double, ago=3)
    for stripe_event in life.events:
        deliver(stripe_event)
    cancellable(life)
    return life


def test_the_subscription_ends_at_stripe_without_a_further_charge(carol: Person, life: Life) -> None:
    page = carol.browser().get("/settings/close").content.decode()
    assert "Your subscription to Pro" in page and ">200\N{NO-BREAK SPACE}tokens<" in page
    shut(carol)
    [(asked, _)] = life.double.asked("delete", path_of(life))
    assert asked == {"invoice_now": "false", "prorate": "false"}
    with carol.acting():
        row = StripeSubscription.objects.get()
        assert row.ended_at is not None and not Subscription.objects.filter(ended_at=None).exists()
    shut(carol)
    assert len(life.double.asked("delete", path_of(life))) == 1


def test_without_an_answer_of_stripe_nothing_is_closed(carol: Person, life: Life) -> None:
    def away(path: str, params: Any) -> Any:
        raise stripe.APIConnectionError("no answer")  # type: ignore[no-untyped-call]

    life.double.on_delete[path_of(life)] = away
    answer = carol.browser().post("/settings/close", {"name": name_of(carol)})
    assert answer.status_code == 503 and "did not answer" in answer.content.decode()
    assert closed_at(carol) is None and carol.get("/account").json()["plan"] == "pro"
    with carol.acting(), pytest.raises(PaymentsUnavailable):
        close(caller=carol.caller, name=name_of(carol))
    cancellable(life)
    shut(carol)
    assert closed_at(carol) is not None


def test_killed_after_stripe_ended_the_subscription_the_repeat_comes_to_the_same_end(
    carol: Person, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(**_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(team, "shut_organization", killed)
        with pytest.raises(Killed):
            shut(carol)
    assert closed_at(carol) is None
    with carol.acting():
        assert ApiKey.objects.filter(revoked_at=None).exists(), "the rest is one commit"
    shut(carol)
    assert closed_at(carol) is not None
    assert len(life.double.asked("delete", path_of(life))) == 1


def test_a_plan_that_began_meanwhile_keeps_it_open(carol: Person, life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    with carol.acting(), monkeypatch.context() as patch:
        patch.setattr(closing, "cancel_at_stripe", lambda: None)
        with pytest.raises(Conflict):
            close(caller=carol.caller, name=name_of(carol))
    assert closed_at(carol) is None and carol.get("/account").json()["plan"] == "pro"


def test_late_news_of_stripe_neither_reopen_nor_grant(carol: Person, life: Life) -> None:
    shut(carol)
    before = kinds(carol)
    now = int(time.time())
    bill = life.bill(reason="subscription_cycle", status="paid", at=now)
    for kind, thing in (
        ("customer.subscription.deleted", life.sub),
        ("invoice.paid", bill),
        ("customer.subscription.updated", life.sub),
    ):
        life.emit(kind, thing, now)
        assert deliver(life.events[-1]) == EventStatus.DONE
    assert refresh_due() >= 0
    with carol.acting():
        assert not Subscription.objects.filter(ended_at=None).exists()
    assert closed_at(carol) is not None and kinds(carol) == before


def test_a_subscription_that_comes_too_late_gives_nothing_and_is_ended(carol: Person, life: Life) -> None:
    shut(carol)
    late = life.double.put("subscription", **subscription(life.customer_id, "enterprise", start=int(time.time())))
    assert deliver(event("customer.subscription.created", late)) == EventStatus.DONE
    with carol.acting():
        assert StripeSubscription.objects.get(subscription_id=late["id"]).duplicate
        assert not Subscription.objects.filter(ended_at=None).exists()
        life.double.on_delete[f"/v1/subscriptions/{late['id']}"] = lambda path, params: late | {"status": "canceled"}
        assert refund_duplicates() == 1
    assert len(life.double.asked("delete", f"/v1/subscriptions/{late['id']}")) == 1


def test_money_that_comes_too_late_is_kept_and_told_to_staff(carol: Person, life: Life, oscar: Any) -> None:
    with carol.acting():
        order = orders.place_order(caller=carol.caller, pack_key="pack_500")
    shut(carol)
    paid = life.double.put("payment_intent", **intent(order, life.customer_id))
    stripe_event = event("payment_intent.succeeded", paid)
    assert deliver(stripe_event) == EventStatus.DONE
    with carol.acting():
        payment = Payment.objects.get(order=order)
        assert (payment.paid_cents, payment.tokens) == (2900, 0)
        assert not Event.objects.filter(kind__in=["purchase.paid"]).exists()
        assert Event.objects.filter(kind="payment.after_closing").count() == 1
        assert position().available + position().frozen == 200, "what Pro brought; the pack brought nothing"
        life.double.on_post["/v1/refunds"] = lambda path, params: life.double.put(
            "refund", payment_intent=paid["id"], amount=2900, status="succeeded"
        )
        refunds.refund(payment_id=payment.id, reason="closed")
        payment.refresh_from_db()
        assert (payment.reversed_cents, position().debt) == (2900, 0)
    notify()
    assert "payment.after_closing" in notified_kinds(Person(carol.organization_id, oscar, "staff", ""))


def test_overage_stops_with_its_subscription(business: Any, stripe_double: Double) -> None:
    alice = business("starter")
    known(alice, stripe_double)
    with alice.acting():
        Overage.objects.create(
            enabled=True, monthly_cap=50, token_price="0.12", changed_by=alice.user, changed_at=database_now(),
            collected_seq=0,
        )  # fmt: skip
    shut(alice)
    with alice.acting():
        assert Overage.objects.get().enabled is False
