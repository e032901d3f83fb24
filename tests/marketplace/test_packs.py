"""Buying a pack: one click, the pay page, and everything that can go wrong between."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import stripe
from django.db.models import F

from licensing.actions import payment_failed, payment_succeeded
from licensing.queries import AiOff
from marketplace.models import Customer, OrderMethod, OrderStatus, PackOrder, Payment, TopUp
from marketplace.packs import checkouts, orders, queries, topup
from marketplace.packs.orders import settle_unknown
from marketplace.payments import refunds
from marketplace.queries import billing
from marketplace.stripe.customers import NotPayer
from marketplace.stripe.objects import PAYMENT
from plans.queries import FeatureNotInPlan
from saas.accounts.models import Organization
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid, NotFound
from tests.conftest import Person
from tests.marketplace.double import CHARGE, CREDIT, ITEM, Body, Double, document, intent, sells_by_invoice
from tokens.queries import position

pytestmark = pytest.mark.own_database


VISIT = "/v1/checkout/sessions"


@pytest.fixture
def shop(stripe_double: Double, customer: Customer) -> Double:
    """A Stripe that charges cards and opens pay pages."""

    def visit(path: str, params: Body) -> Body:
        order_id = params["metadata[order_id]"]
        return stripe_double.put(
            "checkout.session",
            url="https://pay.example/",
            customer=customer.customer_id,
            status="open",
            payment_status="unpaid",
            payment_intent=None,
            subscription=None,
            metadata={"order_id": order_id},
        )

    stripe_double.on_post = {VISIT: visit}
    sells_by_invoice(stripe_double, str(customer.customer_id))
    return stripe_double


def buy(person: Person, **data: Any) -> PackOrder:
    return orders.buy_pack(caller=person.caller, pack_key=data.pop("pack_key", "pack_500"), **data)


def test_one_click_with_a_saved_card(alice: Person, shop: Double) -> None:
    with alice.acting():
        order = buy(alice)
        assert (order.status, order.method, order.amount) == (OrderStatus.PAID, OrderMethod.INVOICE, Decimal(29))
        assert position().available == 700
        [(params, key)] = shop.asked("post", CHARGE)
        assert (params["off_session"], key) == ("false", f"order:{order.id}:1")
        [(item, _)] = shop.asked("post", ITEM)
        assert (item["amount"], item["description"]) == ("2900", "500 tokens")
        assert [o.id for o in queries.orders()] == [order.id]


def test_a_request_key_is_one_order(alice: Person, shop: Double) -> None:
    key = str(uuid4())
    with alice.acting():
        assert buy(alice, request_key=key).id == buy(alice, request_key=key).id
        assert (position().available, len(shop.asked("post", CHARGE))) == (700, 1)


@pytest.mark.parametrize("reason", ["authentication_required", "insufficient_funds"])
def test_a_decline_leads_to_the_pay_page_of_the_same_order(reason: str, alice: Person, shop: Double) -> None:
    shop.failing[CHARGE] = [{"code": "card_declined", "decline_code": reason}]
    with alice.acting():
        order = buy(alice)
        assert (order.status, order.checkout_url) == (OrderStatus.PENDING, "https://pay.example/")
        [(params, key)] = shop.asked("post", VISIT)
        assert (params["client_reference_id"], key) == (str(order.id), f"order:{order.id}:2")
        assert position().available == 200
        visit = shop.objects[order.checkout_session_id]
        assert checkouts.confirm_order(order.id).status == OrderStatus.PENDING
        paid = shop.put("payment_intent", **intent(order, visit["customer"]))
        visit.update(status="complete", payment_status="paid", payment_intent=paid["id"])
        assert checkouts.confirm_order(order.id).status == OrderStatus.PAID
        assert checkouts.confirm_order(order.id).status == OrderStatus.PAID
        assert position().available == 700


def test_without_an_answer_the_same_charge_is_asked_for_again(alice: Person, shop: Double) -> None:
    """The card was charged, the answer got lost: nothing is charged twice and nothing is lost."""
    shop.failing[CHARGE] = [stripe.APIConnectionError("gone")]  # type: ignore[no-untyped-call]
    with alice.acting():
        order = buy(alice)
        assert (order.status, order.checkout_url, position().available) == (OrderStatus.PENDING, "", 200)
        assert orders.pay(caller=alice.caller, order_id=order.id).status == OrderStatus.PAID
        assert {key for _, key in shop.asked("post", CHARGE)} == {f"order:{order.id}:1"}
        assert (position().available, settle_unknown()) == (700, 0)


def test_a_pay_page_left_unpaid_expires(alice: Person, shop: Double) -> None:
    with alice.acting():
        order = buy(alice, new_card=True)
        shop.objects[order.checkout_session_id]["status"] = "expired"
        assert checkouts.confirm_order(order.id).status == OrderStatus.EXPIRED


def test_a_late_payment_waits_for_its_money(alice: Person, shop: Double) -> None:
    with alice.acting():
        order = buy(alice, new_card=True)
        visit = shop.objects[order.checkout_session_id]
        money = shop.put("payment_intent", **intent(order, visit["customer"], status="processing", amount_received=0))
        visit.update(status="complete", payment_intent=money["id"])
        assert checkouts.confirm_order(order.id).status == OrderStatus.PROCESSING
        money.update(status="succeeded", amount_received=order.cents)
        visit["payment_status"] = "paid"
        assert checkouts.confirm_order(order.id).status == OrderStatus.PAID


def test_a_declined_card_does_not_end_an_order_whose_money_is_on_its_way(alice: Person, shop: Double) -> None:
    with alice.acting():
        order = buy(alice, new_card=True)
        customer = shop.objects[order.checkout_session_id]["customer"]
        money = shop.put("payment_intent", **intent(order, customer, status="processing", amount_received=0))
        shop.objects[order.checkout_session_id].update(status="complete", payment_intent=money["id"])
        assert checkouts.confirm_order(order.id).status == OrderStatus.PROCESSING
        error = {"code": "card_declined", "decline_code": None}
        failed = {"status": "requires_payment_method", "amount_received": 0, "last_payment_error": error}
        declined = shop.put("payment_intent", **intent(order, customer, **failed))
        ended = {"parent": None, "metadata": {"order_id": str(order.id)}, "billing_reason": "manual", "status": "void"}
        invoice = shop.put(
            "invoice",
            customer=customer,
            lines={"object": "list", "data": []},
            status_transitions={"finalized_at": None},
            hosted_invoice_url="",
            amount_remaining=0,
            **document(order.cents),
            **ended,
        )
        paying = {"type": "payment_intent", "payment_intent": declined["id"]}
        shop.put("invoice_payment", invoice=invoice["id"], payment=paying, status="canceled")
        PAYMENT.sync(declined["id"])
        order.refresh_from_db()
        assert order.status == OrderStatus.PROCESSING, "the card's answer is not the bank's"
        money.update(status="requires_payment_method", last_payment_error={"code": "debit_failed"})
        PAYMENT.sync(money["id"])
        order.refresh_from_db()
        assert order.status == OrderStatus.FAILED


def test_who_may_buy(alice: Person, bob: Person, mallory: Person, business: Any, shop: Double) -> None:
    with alice.acting():
        with pytest.raises(NotPayer):
            buy(bob)
        with pytest.raises(NotFound):
            buy(alice, pack_key="pack_of_lies")
        order = orders.place_order(caller=alice.caller, pack_key="pack_500")
        payment_failed()
        with pytest.raises(AiOff):
            buy(alice)
        payment_succeeded()
    with mallory.acting(), pytest.raises(NotFound):
        orders.pay(caller=mallory.caller, order_id=order.id)
    starter = business("starter")
    with starter.acting(), pytest.raises(FeatureNotInPlan):
        buy(starter)
    assert shop.asked("post", CHARGE) == []


@pytest.fixture
def bought(alice: Person, shop: Double) -> PackOrder:
    with alice.acting():
        return buy(alice)


def payment_of(order: PackOrder) -> Payment:
    return Payment.objects.get(order=order)


def test_a_refund_takes_its_share_back_whatever_is_told_how_often(
    alice: Person, shop: Double, bought: PackOrder
) -> None:
    with alice.acting():
        intent_id = payment_of(bought).payment_intent_id
        refund = shop.put("refund", payment_intent=intent_id, amount=1450, status="pending")
        for _ in range(3):
            PAYMENT.sync(intent_id)
        assert (position().available, payment_of(bought).clawed_tokens) == (450, 250)
        refund["status"] = "failed"
        PAYMENT.sync(intent_id)
        assert position().available == 700
        refund.update(status="succeeded", amount=2900)
        shop.put("dispute", payment_intent=intent_id, amount=2900, status="lost")
        PAYMENT.sync(intent_id)
        assert (position().available, position().debt, payment_of(bought).reversed_cents) == (200, 0, 2900)


def test_a_dispute_freezes_then_takes_or_gives_back(alice: Person, shop: Double, bought: PackOrder) -> None:
    with alice.acting():
        intent_id = payment_of(bought).payment_intent_id
        dispute = shop.put("dispute", payment_intent=intent_id, amount=2900, status="warning_needs_response")
        PAYMENT.sync(intent_id)
        assert position().available == 700
        for status, available in [("needs_response", 200), ("won", 700), ("under_review", 200), ("lost", 200)]:
            dispute["status"] = status
            PAYMENT.sync(intent_id)
            assert position().available == available, status
        assert payment_of(bought).clawed_tokens == 500


def test_a_dispute_that_comes_before_the_credit_takes_it_all_the_same(alice: Person, shop: Double) -> None:
    with alice.acting():
        order = orders.place_order(caller=alice.caller, pack_key="pack_500")
        paid = shop.put("payment_intent", **intent(order, str(billing().customer.customer_id)))  # type: ignore[union-attr]
        shop.put("dispute", payment_intent=paid["id"], amount=2900, status="lost")
        PAYMENT.sync(paid["id"])
        assert (position().available, position().debt) == (200, 0)


def test_staff_refund_once(alice: Person, shop: Double, bought: PackOrder) -> None:
    with alice.acting():
        payment = payment_of(bought)
        with pytest.raises(Invalid):
            refunds.refund(payment_id=payment.id, reason=" ")
        with pytest.raises(Invalid):
            refunds.refund(payment_id=payment.id, amount=Decimal(30), reason="too much")
        assert refunds.refund(payment_id=payment.id, reason="asked for it").reversed_cents == 2900
        assert position().available == 200


def test_auto_topup_buys_within_its_guards(alice: Person, shop: Double) -> None:
    from marketplace.packs import topup
    from marketplace.packs.orders import top_up

    change: Any = {"caller": alice.caller, "enabled": True, "pack_key": "pack_500"}
    with alice.acting():
        assert top_up() is None
        with pytest.raises(Invalid):
            topup.set_topup(**change, below_tokens=500, monthly_cap=Decimal(28))
        topup.set_topup(**change, below_tokens=100, monthly_cap=Decimal(60))
        assert top_up() is None, "enough tokens"
        topup.set_topup(**change, below_tokens=5000, monthly_cap=Decimal(60))
        first = top_up()
        assert first is not None
        assert (first.status, first.pack_name, first.amount) == (OrderStatus.PAID, "2 x 500 tokens", Decimal(58))
        assert position().available == 1200
        TopUp.objects.update(retry_at=None)
        assert top_up() is None, "the month's money is spent"
        assert shop.asked("post", CHARGE)[0][0]["off_session"] == "true"
        topup.set_topup(**change, below_tokens=5000, monthly_cap=Decimal(600))
        shop.failing[CHARGE] = [{"code": "card_declined"}] * topup.DECLINES_MAX
        for attempt in range(topup.DECLINES_MAX):
            declined = top_up()
            assert declined is not None and declined.status == OrderStatus.FAILED
            assert top_up() is None, f"waits after decline {attempt + 1}"
            TopUp.objects.update(retry_at=None)
        assert top_up() is None
        assert TopUp.objects.get().stopped_reason == "The payment was declined too often."


def test_auto_topup_buys_once_and_enough_then_pauses_longer_each_time(alice: Person, shop: Double) -> None:
    from marketplace.packs.orders import top_up
    from marketplace.packs.topup import FIRST_PAUSE

    def at_noon(clock: Any) -> None:
        """A day (UTC) must not end between two purchases of this test."""
        noon = clock.replace(hour=12, minute=0) + timedelta(days=clock.hour >= 12)
        Organization.objects.update(clock_offset=F("clock_offset") + (noon - clock))

    with alice.acting():
        at_noon(database_now())
        topup.set_topup(
            caller=alice.caller, enabled=True, pack_key="pack_500", below_tokens=5000, monthly_cap=Decimal(10_000)
        )
        first = top_up()
        assert first is not None
        assert (first.quantity, first.tokens, first.amount) == (10, 5000, Decimal(290)), "one charge closes the gap"
        assert position().available == 5200
        for pause in (FIRST_PAUSE, 2 * FIRST_PAUSE):
            TopUp.objects.update(below_tokens=F("below_tokens") + 5000)
            Organization.objects.update(clock_offset=F("clock_offset") + pause - timedelta(minutes=1))
            assert top_up() is None, "it pauses after a purchase"
            Organization.objects.update(clock_offset=F("clock_offset") + timedelta(minutes=2))
            assert top_up() is not None
    assert len(shop.asked("post", CHARGE)) == 3


def test_a_refund_that_the_bank_returned_can_be_repeated(alice: Person, shop: Double, bought: PackOrder) -> None:
    with alice.acting():
        payment = payment_of(bought)
        refunds.refund(payment_id=payment.id, reason="asked for it")
        [made] = [each for each in shop.objects.values() if each["object"] == "refund"]
        made["status"] = "failed"
        PAYMENT.sync(payment.payment_intent_id)
        assert (payment_of(bought).reversed_cents, position().available) == (0, 700)
        assert refunds.refund(payment_id=payment.id, reason="again").reversed_cents == 2900
        assert (len(shop.asked("post", CREDIT)), position().available) == (2, 200)
