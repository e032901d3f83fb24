"""Overage on the fake Stripe: what was agreed is offered, what is used is billed once, nothing beyond the cap."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F
from django.urls import reverse

from audit.models import Event as AuditEvent
from fake_stripe.engine import cards
from fake_stripe.models import FakeObject
from marketplace.models import Overage, OverageUse, StripeSubscription, UseStatus
from marketplace.overage import agreements, uses
from marketplace.overage.queries import overage
from marketplace.stripe import gateway
from marketplace.stripe.gateway import PaymentsUnavailable
from marketplace.subscriptions import changes, overdue
from plans.queries import FeatureNotInPlan, entitlements
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Forbidden, Invalid
from saas.kernel.ids import uuid7
from tests.conftest import Person, hire
from tests.fake_stripe.shop import Shop, deliver, subscribe, violations
from tests.machinery import at_once
from tokens import actions as ledger_actions
from tokens.actions import InsufficientTokens
from tokens.queries import position
from tokens.verification import verify

pytestmark = pytest.mark.own_database


@pytest.fixture
def shop(connected: Shop) -> Iterator[Shop]:
    """An organization that pays for Enterprise, with its allowance used up. Everything said keeps the contract."""
    subscribe(connected, "enterprise")
    use(connected, 2000)
    yield connected
    with connected.owner.acting():
        assert verify().breaches == 0
    found = violations(connected)
    # The checker looks at the real clock, which the tests leave behind.
    assert not [line for line in found if "timestamp: within the last 35 days" not in line]


def hold(shop: Shop, tokens: int) -> UUID:
    transaction_id = uuid7()
    who = {"user_id": shop.owner.user.pk, "department_id": None}
    with shop.owner.acting():
        ledger_actions.hold(
            transaction_id=transaction_id, tokens=tokens, operation="quest", price_book_version=None, seconds=120, **who
        )
    return transaction_id


def use(shop: Shop, tokens: int, *, held: int = 0) -> None:
    transaction_id = hold(shop, held or tokens)
    with shop.owner.acting():
        ledger_actions.settle(transaction_id=transaction_id, tokens=tokens)


def agree(shop: Shop, cap: str) -> Overage:
    with shop.owner.acting():
        return agreements.agree_overage(caller=shop.owner.caller, monthly_cap=Decimal(cap))


def report(shop: Shop) -> int:
    with shop.owner.acting():
        return uses.report()


def stands(shop: Shop) -> tuple[int, int, int]:
    with shop.owner.acting():
        found = overage()
    return found.used, found.held, found.left


def counted(shop: Shop) -> list[int]:
    """Return what Stripe counted, event by event."""
    with tenancy.system():
        rows = FakeObject.objects.filter(organization_id=shop.owner.organization_id, kind="billing.meter_event")
        return sorted(int(row.data["payload"]["value"]) for row in rows)


def statuses(shop: Shop) -> Counter[str]:
    with shop.owner.acting():
        return Counter(OverageUse.objects.values_list("status", flat=True))


def past_the_lease(shop: Shop) -> None:
    with shop.owner.acting():
        OverageUse.objects.update(retry_at=F("retry_at") - timedelta(minutes=6))


def at_stripe(shop: Shop) -> Any:
    with shop.owner.acting():
        return shop.v1.subscriptions.retrieve(StripeSubscription.objects.latest("anchor_at").subscription_id)


def prices(sub: Any) -> list[str]:
    return [item.price.recurring.usage_type for item in sub.items.data]


def newest_bill(shop: Shop) -> Any:
    [bill] = shop.v1.invoices.list({"subscription": at_stripe(shop).id, "limit": 1}).data
    return bill


def later(shop: Shop, **by: float) -> None:
    shop.wait(**by)
    deliver(shop)


def audited(shop: Shop, kind: str) -> list[dict[str, Any]]:
    with shop.owner.acting():
        return list(AuditEvent.objects.filter(kind=kind).order_by("seq").values_list("data", flat=True))


def test_what_is_used_is_billed_with_the_renewal_to_the_token_and_a_new_period_begins_anew(shop: Shop) -> None:
    assert agree(shop, "12.05").cap_tokens == 100
    assert sorted(prices(at_stripe(shop))) == ["licensed", "metered"]
    assert stands(shop) == (0, 0, 100)
    use(shop, 30)
    use(shop, 4, held=9)
    with shop.owner.acting():
        ledger_actions.release(transaction_id=hold(shop, 50))
        assert (overage().amount, position().overage) == (Decimal("4.08"), 66)
    assert report(shop) == 2
    assert counted(shop) == [4, 30]

    later(shop, days=32)
    bill = newest_bill(shop)
    assert sorted(line.amount for line in bill.lines.data) == [408, 39900]
    assert (bill.status, bill.amount_paid) == ("paid", 40308)
    report(shop)
    assert stands(shop) == (0, 0, 100)
    with shop.owner.acting():
        assert (position().available, position().overage) == (2100, 100)


def test_no_number_of_requests_at_once_passes_the_cap(shop: Shop) -> None:
    agree(shop, "2.40")

    def ask() -> bool:
        try:
            use(shop, 3)
        except InsufficientTokens:
            return False
        return True

    assert sum(at_once([ask] * 24)) == 6  # type: ignore[arg-type]
    assert stands(shop) == (18, 0, 2)
    assert report(shop) == 6
    assert sum(counted(shop)) == 18


def test_duplicate_jobs_tell_each_use_once(shop: Shop) -> None:
    agree(shop, "12")
    for tokens in (1, 2, 3, 4):
        use(shop, tokens)
    reported = at_once([lambda: report(shop)] * 6)
    assert sum(reported) == 4  # type: ignore[arg-type]
    assert report(shop) == 0
    assert counted(shop) == [1, 2, 3, 4]
    assert statuses(shop) == {UseStatus.TOLD: 4}
    assert sum(event["tokens"] for event in audited(shop, "overage.told")) == 10


class Killed(BaseException):
    """The process ended."""


@pytest.mark.parametrize("ending", [Killed(), PaymentsUnavailable("the answer was lost")])
def test_a_use_that_was_told_but_not_marked_is_told_again_and_counted_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    agree(shop, "12")
    use(shop, 7)
    emit = gateway.report_usage

    def report_and_end(**arguments: Any) -> None:
        emit(**arguments)
        raise ending

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "report_usage", report_and_end)
        with pytest.raises(type(ending)):
            report(shop)
    assert (counted(shop), statuses(shop)) == ([7], {UseStatus.WAITING: 1})
    assert report(shop) == 0
    past_the_lease(shop)
    assert report(shop) == 1
    assert (counted(shop), statuses(shop)) == ([7], {UseStatus.TOLD: 1})


def test_stripe_that_has_the_identifier_already_counts_as_told(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 7)
    with shop.owner.acting():
        uses.collect()
        line = OverageUse.objects.get()
        payload = {"stripe_customer_id": at_stripe(shop).customer, "value": "7"}
    shop.v1.billing.meter_events.create(
        {"event_name": "milepost_overage_tokens", "identifier": str(line.entry_id), "payload": payload}
    )
    assert report(shop) == 1
    assert (counted(shop), statuses(shop)) == ([7], {UseStatus.TOLD: 1})


def test_a_use_whose_outcome_stays_unknown_is_absorbed_and_told_to_staff_never_billed_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(shop, "12")
    use(shop, 7)
    emit = gateway.report_usage

    def report_and_lose_the_answer(**arguments: Any) -> None:
        emit(**arguments)
        raise PaymentsUnavailable("the answer was lost")

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "report_usage", report_and_lose_the_answer)
        with pytest.raises(PaymentsUnavailable):
            report(shop)
    later(shop, hours=24)
    assert report(shop) == 0
    assert statuses(shop) == {UseStatus.ABSORBED: 1}
    assert [event["tokens"] for event in audited(shop, "overage.absorbed")] == [7]
    with shop.owner.acting():
        assert uses.compare() == 7  # Stripe had counted it after all: the comparison says so


def test_what_stripe_refuses_waits_and_is_told_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(shop, "12")
    use(shop, 7)
    emit = gateway.report_usage

    def report_the_future(*, at: datetime, **arguments: Any) -> None:
        emit(at=at + timedelta(hours=1), **arguments)

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "report_usage", report_the_future)
        assert report(shop) == 0
    with shop.owner.acting():
        refused = OverageUse.objects.get()
        assert (refused.status, refused.tried_at, refused.told_at) == (UseStatus.WAITING, None, None)
        assert "did not count" in refused.error
    later(shop, hours=25)
    assert report(shop) == 1
    assert counted(shop) == [7]


def test_drift_is_found_once_and_told_to_staff(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 7)
    report(shop)
    payload = {"stripe_customer_id": at_stripe(shop).customer, "value": "5"}
    shop.v1.billing.meter_events.create(
        {"event_name": "milepost_overage_tokens", "identifier": str(uuid7()), "payload": payload}
    )
    later(shop, hours=2)
    with shop.owner.acting():
        assert uses.compare() == uses.compare() == 5
    [drift] = audited(shop, "overage.drifted")
    assert (drift["tokens"], drift["counted"], drift["expected"]) == (5, 12, 7)


def test_the_cap_changes_in_the_middle_of_a_period(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 40)
    assert stands(shop) == (40, 0, 60)
    agree(shop, "24")
    assert stands(shop) == (40, 0, 160)
    agree(shop, "6")
    assert stands(shop) == (40, 0, 10)
    agree(shop, "1")
    assert stands(shop) == (40, 0, 0)
    agree(shop, "6")
    assert stands(shop) == (40, 0, 10)
    assert len(at_stripe(shop).items.data) == 2
    assert report(shop) == 1


def test_turned_off_it_offers_nothing_bills_what_was_used_and_leaves_the_subscription_afterwards(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 40)
    open_hold = hold(shop, 9)
    with shop.owner.acting():
        agreements.end_overage(caller=shop.owner.caller)
        assert position().available == 0
        ledger_actions.settle(transaction_id=open_hold, tokens=5)
        assert position().available == 0
    assert report(shop) == 2
    assert prices(at_stripe(shop)) == ["licensed", "metered"]
    later(shop, days=32)
    assert newest_bill(shop).amount_paid == 39900 + 45 * 12
    report(shop)
    assert len(at_stripe(shop).items.data) == 2  # the bill could still change
    later(shop, days=4)
    report(shop)
    assert prices(at_stripe(shop)) == ["licensed"]
    with shop.owner.acting():
        assert Overage.objects.get().finished_at is not None
        assert entitlements(shop.owner.organization_id).fetch().plan.key == "enterprise"
    agree(shop, "12")
    assert stands(shop) == (0, 0, 100)


def test_used_in_the_last_seconds_it_is_still_on_the_bill_of_its_period(shop: Shop) -> None:
    agree(shop, "12")
    end = at_stripe(shop).items.data[0].current_period_end
    with shop.owner.acting():
        period = overage().ends_at
    assert period is not None
    assert int(period.timestamp()) == end
    with shop.owner.acting():
        seconds = (period - database_now()).total_seconds()
    shop.wait(seconds=seconds - 20)
    use(shop, 8)
    shop.wait(seconds=60)
    assert newest_bill(shop).status == "draft"
    assert report(shop) == 1
    shop.wait(hours=1)
    assert newest_bill(shop).amount_paid == 39900 + 96


def test_told_too_late_for_its_bill_it_goes_on_the_next(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 8)
    later(shop, days=32)
    assert newest_bill(shop).amount_paid == 39900
    assert report(shop) == 1
    later(shop, days=31)
    assert newest_bill(shop).amount_paid == 39900 + 96


def test_a_smaller_plan_ends_it_after_billing_and_cannot_be_followed_by_it(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 8)
    report(shop)
    with shop.owner.acting():
        assert changes.change_plan(caller=shop.owner.caller, plan_key="pro").status == "scheduled"
        agreements.end_overage(caller=shop.owner.caller)
    agree(shop, "12")  # the item is still there
    assert stands(shop) == (8, 0, 92)
    later(shop, days=32)
    assert newest_bill(shop).amount_paid == 14900 + 96
    report(shop)
    with shop.owner.acting():
        assert entitlements(shop.owner.organization_id).fetch().plan.key == "pro"
        assert (position().available, position().overage) == (200, 0)
        assert Overage.objects.get().enabled is False
        with pytest.raises(FeatureNotInPlan):
            agreements.agree_overage(caller=shop.owner.caller, monthly_cap=Decimal(12))
    assert [event["why"] for event in audited(shop, "overage.stopped")] == ["The plan has no overage."]


def test_a_scheduled_smaller_plan_keeps_it_from_being_turned_on_and_is_kept_with_it(shop: Shop) -> None:
    with shop.owner.acting():
        changes.change_plan(caller=shop.owner.caller, plan_key="pro")
    with pytest.raises(Conflict, match="smaller plan"):
        agree(shop, "12")
    with shop.owner.acting():
        changes.undo_scheduled_change(caller=shop.owner.caller)
    agree(shop, "12")
    shop.wait(minutes=2)
    with shop.owner.acting():
        changes.change_plan(caller=shop.owner.caller, plan_key="pro")
        changes.undo_scheduled_change(caller=shop.owner.caller)
    later(shop, days=32)
    assert prices(at_stripe(shop)) == ["licensed", "metered"]


def test_the_end_of_the_subscription_bills_the_rest_and_ends_it(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 8)
    report(shop)
    with shop.owner.acting():
        changes.cancel(caller=shop.owner.caller)
    later(shop, days=32)
    sub = at_stripe(shop)
    assert (sub.status, newest_bill(shop).amount_paid) == ("canceled", 96)
    report(shop)
    with shop.owner.acting():
        assert (position().available, Overage.objects.get().finished_at is not None) == (0, True)


def test_after_the_end_what_no_bill_takes_is_absorbed(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 8)
    with shop.owner.acting():
        changes.cancel(caller=shop.owner.caller)
    later(shop, days=32)
    assert report(shop) == 0
    assert (statuses(shop), counted(shop)) == ({UseStatus.ABSORBED: 1}, [])
    assert len(audited(shop, "overage.absorbed")) == 1


def test_while_payment_is_overdue_it_waits_and_paying_brings_the_new_period(shop: Shop) -> None:
    agree(shop, "12")
    use(shop, 8)
    report(shop)
    card = at_stripe(shop).default_payment_method
    shop.act("payment_method", card, cards.set_behaviour, behaviour="declines")
    later(shop, days=32)
    report(shop)
    with shop.owner.acting():
        assert position().overage == 0
    assert newest_bill(shop).amount_due == 39900 + 96
    shop.act("payment_method", card, cards.set_behaviour, behaviour="works")
    with shop.owner.acting():
        overdue.fix_payment(caller=shop.owner.caller)
    assert stands(shop) == (0, 0, 100)


def test_who_and_what_it_takes(shop: Shop, alice: Person, business: Callable[..., Person]) -> None:
    def refused(person: Person, error: type[Exception], cap: str = "12") -> None:
        with person.acting(), pytest.raises(error):
            agreements.agree_overage(caller=person.caller, monthly_cap=Decimal(cap))

    refused(alice, FeatureNotInPlan)
    refused(business("enterprise"), Conflict)
    refused(hire(shop.owner, "admin"), Forbidden)
    for cap in ("0.11", "0", "-5", "100000.01"):
        refused(shop.owner, Invalid, cap)
    assert prices(at_stripe(shop)) == ["licensed"]
    agree(shop, "0.12")
    assert stands(shop) == (0, 0, 1)


def test_without_the_item_at_stripe_nothing_is_offered(shop: Shop) -> None:
    agree(shop, "12")
    sub = at_stripe(shop)
    item = next(item for item in sub.items.data if item.price.recurring.usage_type == "metered")
    gone = {"items": [{"id": item.id, "deleted": True}], "proration_behavior": "none"}
    shop.v1.subscriptions.update(sub.id, gone, {"idempotency_key": f"test:{sub.id}"})
    deliver(shop)
    assert stands(shop) == (0, 0, 0)
    assert len(audited(shop, "overage.stopped")) == 1


def test_over_the_api_an_owner_sets_it_sees_it_and_ends_it(shop: Shop, alice: Person) -> None:
    owner = shop.owner
    assert owner.get("/overage").json() == {
        "enabled": False,
        "monthly_cap": None,
        "currency": "usd",
        "token_price": "0.1200",
        "tokens_cap": 0,
        "tokens_used": 0,
        "tokens_held": 0,
        "tokens_left": 0,
        "amount": "0.00",
        "period_ends_at": owner.get("/overage").json()["period_ends_at"],
        "stopped_reason": None,
    }
    body = {"enabled": True, "monthly_cap": "12.00"}
    first, again = owner.put("/overage", body), owner.put("/overage", body)
    assert (first.status_code, first.json()) == (200, again.json())
    use(shop, 30)
    hold(shop, 5)
    seen = owner.get("/overage").json()
    assert (seen["enabled"], seen["monthly_cap"], seen["tokens_cap"]) == (True, "12.00", 100)
    assert (seen["tokens_used"], seen["tokens_held"], seen["tokens_left"], seen["amount"]) == (30, 5, 65, "3.60")
    assert [each["source"] for each in owner.get("/tokens/balance").json()["buckets"]] == ["overage"]
    assert owner.put("/overage", {"enabled": True, "monthly_cap": "0.01"}).json()["code"] == "validation_error"
    assert owner.put("/overage", {"enabled": False}).json()["tokens_left"] == 0
    refused = alice.put("/overage", body).json()
    assert (refused["code"], refused["needed_plan"]) == ("feature_not_in_plan", "enterprise")
    assert hire(owner).put("/overage", body).status_code == 403


def test_on_the_billing_page_too(shop: Shop, alice: Person) -> None:
    browser, where = shop.owner.browser(), reverse("set_overage")
    page = browser.get(reverse("billing")).content.decode()
    assert "at $0.12 a token" in page and "Turn on" in page
    saved = browser.post(where, {"monthly_cap": "12"}, follow=True).content.decode()
    assert "up to 100 tokens for at most $12.00" in saved and "Change the cap" in saved
    assert browser.post(where, {"monthly_cap": "nothing"}).status_code == 422
    assert "Set a cap between" in browser.post(where, {"monthly_cap": "0.05"}, follow=True).content.decode()
    assert "Overage is off" in browser.post(where, {"end": "1"}, follow=True).content.decode()
    assert stands(shop) == (0, 0, 0)
    assert "Overage" not in alice.browser().get(reverse("billing")).content.decode()
    assert hire(shop.owner).browser().post(where, {"monthly_cap": "12"}).status_code == 403
