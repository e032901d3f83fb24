"""What owners hear about their money: each once, whatever is delivered again, and nobody else."""

from collections import Counter
from decimal import Decimal

import pytest
from django.core import mail

from fake_stripe.engine import cards, checkout, payments
from fake_stripe.engine.store import Obj, ObjectStore
from marketplace.models import Customer, PackOrder, Payment, StripeSubscription
from marketplace.packs import orders, topup
from marketplace.packs.orders import top_up
from marketplace.payments import refunds
from marketplace.subscriptions import changes
from saas.kernel.errors import Conflict
from tests.conftest import hire
from tests.fake_stripe.mailed import everything_again, subjects
from tests.fake_stripe.shop import Shop, deliver, subscribe

pytestmark = pytest.mark.own_database


def charge_of(shop: Shop, what: str) -> str:
    with shop.owner.acting():
        bought = Payment.objects.filter(order__isnull=what == "plan").order_by("paid_at")
        return str(bought.values_list("charge_id", flat=True).first())


def test_receipts_changes_and_what_needs_a_person(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    admin = hire(owner, role="admin")
    subscribe(shop, "pro")
    with owner.acting():
        orders.buy_pack(caller=owner.caller, pack_key="pack_500")
        changes.cancel(caller=owner.caller)
        changes.undo_scheduled_change(caller=owner.caller)
        seen = changes.preview(caller=owner.caller, plan_key="enterprise")
        changes.change_plan(caller=owner.caller, plan_key="enterprise", at=seen.at)
    deliver(shop)
    with owner.acting():
        ends_on = StripeSubscription.objects.get().period_ends_at
    expected = Counter(
        {
            "Carol is on Pro": 1,
            "Receipt: Pro, $149.00": 1,
            "Receipt: 500 tokens, $29.00": 1,
            f"Pro ends on {ends_on.day} {ends_on:%b}": 1,
            "Pro stays": 1,
            "Carol is on Enterprise now": 1,
            "Receipt: Enterprise, $250.00": 1,
        }
    )
    assert subjects(shop) == expected

    with owner.acting():
        card = Customer.objects.get().payment_method_id
    shop.act("payment_method", card, cards.set_behaviour, behaviour="authentication")
    shop.wait(days=31)
    deliver(shop)
    with owner.acting():
        bill = StripeSubscription.objects.get().open_invoice_id
    shop.act("invoice", bill, pay_with_another)
    deliver(shop)
    everything_again(shop)
    expected += Counter(
        {
            "A payment for Carol failed": 1,
            "Your bank wants you to confirm the payment for Enterprise": 1,
            "Receipt: Enterprise, $399.00": 1,
            "Carol is paid, everything is on": 1,
        }
    )
    assert subjects(shop) == expected
    [asked] = [m for m in mail.outbox if "wants you" in m.subject and m.to == [owner.user.email]]
    assert f"/sandbox/invoices/{bill}" in asked.body
    [receipt] = [m for m in mail.outbox if "500 tokens" in m.subject and m.to == [owner.user.email]]
    assert "/sandbox/receipts/ch_" in receipt.body and "500 tokens were added" in receipt.body
    told_admin = {m.subject for m in mail.outbox if m.to == [admin.user.email]}
    assert {subject.split(" ")[-1] for subject in told_admin} == {"failed", "on"}, "the license is for admins too"


def pay_with_another(store: ObjectStore, invoice: Obj) -> None:
    checkout.pay_invoice(store, invoice, cards.new_card(store, "works"))


def test_refunds_and_disputes(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        for _ in range(2):
            orders.buy_pack(caller=owner.caller, pack_key="pack_500")
    deliver(shop)
    charge = charge_of(shop, "pack")
    shop.act("charge", charge, payments.open_dispute)
    deliver(shop)
    with shop.store() as store:
        [dispute] = store.find("dispute", charge=charge)
    shop.act("dispute", dispute["id"], payments.close_dispute, won=True)
    deliver(shop)
    with owner.acting():
        with pytest.raises(Conflict, match="charged back"):
            refunds.refund(payment_id=Payment.objects.get(charge_id=charge).id, reason="asked for")
        other = Payment.objects.filter(order__isnull=False).exclude(charge_id=charge).get()
        refunds.refund(payment_id=other.id, reason="asked for")
    deliver(shop)
    plan = charge_of(shop, "plan")
    shop.act("charge", plan, payments.open_dispute)
    deliver(shop)
    with shop.store() as store:
        [dispute] = store.find("dispute", charge=plan)
    shop.act("dispute", dispute["id"], payments.close_dispute, won=False)
    deliver(shop)
    everything_again(shop)
    about = {"The payment", "The disputed", "The tokens", "$29.00 refunded"}
    mails = {text: n for text, n in subjects(shop).items() if any(text.startswith(words) for words in about)}
    assert mails == {
        "The payment of $29.00 is disputed": 1,
        "The tokens of 500 tokens are yours again": 1,
        "$29.00 refunded": 1,
        "The payment of $149.00 is disputed": 1,
        "The disputed payment of $149.00 was taken back": 1,
    }


def test_money_that_did_not_arrive_ends_the_order_and_is_told(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    for number, succeeds in enumerate((False, True)):
        with owner.acting():
            order = orders.buy_pack(caller=owner.caller, pack_key="pack_500", new_card=True)
        shop.act("checkout.session", order.checkout_session_id, checkout.pay_by_bank, succeeds=succeeds)
        deliver(shop)
        with owner.acting():
            assert PackOrder.objects.get(id=order.id).status == "processing"
        shop.wait(days=4 + number)
        deliver(shop)
        everything_again(shop)
        with owner.acting():
            order.refresh_from_db()
            assert (order.status, order.checkout_url == "") == (("paid", False) if succeeds else ("failed", True))
    mails = subjects(shop)
    assert mails["500 tokens: the payment did not arrive"] == 1
    assert mails["Receipt: 500 tokens, $29.00"] == 1


def test_auto_topup_says_when_a_card_is_declined_and_when_it_stops(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        topup.set_topup(
            caller=owner.caller, enabled=True, pack_key="pack_500", below_tokens=500, monthly_cap=Decimal(100)
        )
        card = Customer.objects.get().payment_method_id
    shop.act("payment_method", card, cards.set_behaviour, behaviour="declines")
    for _ in range(topup.DECLINES_MAX):
        with owner.acting():
            assert top_up()
        shop.wait(hours=20)
    with owner.acting():
        assert top_up() is None
    mails = subjects(shop)
    assert mails["Auto top-up: the payment was declined"] == 1
    assert mails["Auto top-up has stopped"] == 1
