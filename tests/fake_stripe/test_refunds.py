"""Refunds, disputes, warnings and credit notes."""

from typing import Any

import pytest
import stripe

from fake_stripe.engine import checkout, payments
from tests.fake_stripe.shop import Shop


@pytest.fixture
def charge(shop: Shop) -> Any:
    """A paid pack's charge."""
    customer = shop.customer()
    intent = shop.v1.payment_intents.create(
        {
            "amount": 2900,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": shop.saved_card(customer),
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "expand": ["latest_charge"],
        }
    )
    return intent.latest_charge


def test_refunds_add_up_to_what_was_paid_and_no_more(shop: Shop, charge: Any) -> None:
    part = {"payment_intent": charge.payment_intent, "amount": 1000, "reason": "requested_by_customer"}
    assert shop.v1.refunds.create(part).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        shop.v1.refunds.create({"payment_intent": charge.payment_intent, "amount": 2000})
    shop.v1.refunds.create({"charge": charge.id})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_already_refunded"
    done = shop.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert done.refunded and done.amount_refunded == 2900
    assert sorted(refund.amount for refund in done.refunds.data) == [1000, 1900]
    assert len(shop.v1.refunds.list({"payment_intent": charge.payment_intent}).data) == 2


@pytest.mark.parametrize("succeeds", [True, False])
def test_a_pending_refund_arrives_or_fails(shop: Shop, charge: Any, succeeds: bool) -> None:
    refund = shop.act("charge", charge.id, payments.refund, later=succeeds)
    assert shop.v1.charges.retrieve(charge.id).amount_refunded == 2900
    shop.wait(days=3)
    assert shop.v1.refunds.retrieve(refund["id"]).status == ("succeeded" if succeeds else "failed")
    assert shop.v1.charges.retrieve(charge.id).amount_refunded == (2900 if succeeds else 0)
    assert ("refund.failed" in shop.events()) is not succeeds


def test_money_that_came_later_goes_back_later(shop: Shop) -> None:
    session = shop.session(shop.customer(), "payment")
    shop.act("checkout.session", session.id, checkout.pay_by_bank, succeeds=True)
    shop.wait(days=3)
    intent = shop.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert shop.v1.refunds.create({"payment_intent": intent}).status == "pending"


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_takes_the_money_and_gives_it_back_when_won(shop: Shop, charge: Any, won: bool) -> None:
    made = shop.act("charge", charge.id, payments.open_dispute)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_disputed"
    shop.act("dispute", made["id"], payments.close_dispute, won=won)
    [found] = shop.v1.disputes.list({"payment_intent": charge.payment_intent}).data
    assert found.status == ("won" if won else "lost")
    assert sum(moved["amount"] for moved in found.balance_transactions) == (0 if won else -2900)
    assert ("charge.dispute.funds_reinstated" in shop.events()) is won


def test_an_inquiry_takes_no_money_until_it_becomes_a_chargeback(shop: Shop, charge: Any) -> None:
    made = shop.act("charge", charge.id, payments.open_dispute, inquiry=True)
    assert "charge.dispute.funds_withdrawn" not in shop.events()
    shop.act("dispute", made["id"], payments.close_dispute, won=False)
    assert "charge.dispute.funds_withdrawn" in shop.events()
    assert shop.v1.disputes.retrieve(made["id"]).status == "needs_response"


def test_an_inquiry_may_just_close(shop: Shop, charge: Any) -> None:
    made = shop.act("charge", charge.id, payments.open_dispute, inquiry=True)
    shop.act("dispute", made["id"], payments.close_dispute, won=True)
    assert shop.v1.disputes.retrieve(made["id"]).status == "warning_closed"
    assert shop.v1.refunds.create({"charge": charge.id}).status == "succeeded"


def test_a_fraud_warning_names_its_charge(shop: Shop, charge: Any) -> None:
    made = shop.act("charge", charge.id, payments.warn_of_fraud)
    warnings = shop.v1.radar.early_fraud_warnings
    assert warnings.retrieve(made["id"]).charge == charge.id
    assert [one.id for one in warnings.list({"charge": charge.id}).data] == [made["id"]]
    assert "radar.early_fraud_warning.created" in shop.events()


def test_a_credit_note_refunds_a_part_of_an_invoice(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    note = shop.v1.credit_notes.create({"invoice": sub.latest_invoice, "amount": 5000, "refund_amount": 5000})
    assert note.status == "issued" and note.refunds[0].amount_refunded == 5000
    assert shop.v1.invoices.retrieve(sub.latest_invoice).post_payment_credit_notes_amount == 5000
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.credit_notes.create({"invoice": sub.latest_invoice, "amount": 10_000, "refund_amount": 10_000})
