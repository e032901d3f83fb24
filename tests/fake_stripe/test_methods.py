"""Ways to pay other than a card: Link, and debits of a bank account whose money comes days later or not at all."""

from decimal import Decimal
from typing import Any

import pytest

from audit.models import Event
from fake_stripe.engine import cards, checkout
from fake_stripe.engine.store import Obj, ObjectStore
from licensing.queries import license_status
from marketplace.models import Customer, PackOrder, Payment, StripeSubscription, TopUp
from marketplace.packs import orders, topup
from marketplace.packs.orders import settle_unknown, top_up
from marketplace.queries import billing
from marketplace.stripe import reconciliation
from marketplace.subscriptions import changes, overdue, sweeps
from plans.queries import entitlements
from saas.kernel.errors import Conflict
from tests.fake_stripe.audited import Till
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tokens.queries import position

pytestmark = pytest.mark.own_database


def use(store: ObjectStore, customer: Obj, method: str, behaviour: str = "works") -> str:
    """Save a payment method of a kind as the customer's default, as the portal does; return its id."""
    made = cards.attach(store, cards.new_card(store, behaviour, kind=method), customer["id"])
    cards.make_default(store, customer, made["id"])
    return str(made["id"])


def save(shop: Shop, kind: str, behaviour: str = "works") -> str:
    with shop.owner.acting():
        customer_id = str(Customer.objects.get().customer_id)
    made: str = shop.act("customer", customer_id, use, method=kind, behaviour=behaviour)
    deliver(shop)
    return made


def standing(shop: Shop) -> tuple[str, str, int]:
    """Return plan, state of the license and tokens."""
    with shop.owner.acting():
        plan = entitlements(shop.owner.organization_id).fetch().plan.key
        return plan, str(license_status().state), position().available


def buy(shop: Shop) -> PackOrder:
    with shop.owner.acting():
        return orders.buy_pack(caller=shop.owner.caller, pack_key="pack_500")


def charges(shop: Shop) -> list[Any]:
    with shop.store() as store:
        return list(store.find("charge"))


def test_link_is_one_click_and_renews(opened: Shop) -> None:
    shop = opened
    with shop.owner.acting():
        session_id = changes.subscribe(caller=shop.owner.caller, plan_key="pro").url.rpartition("/")[2]
    with shop.store() as store:
        checkout.pay(store, store.get("checkout.session", session_id), cards.new_card(store, "works", kind="link"))
    deliver(shop)
    with shop.owner.acting():
        assert billing().card == "Link"
    assert buy(shop).status == "paid"
    with shop.owner.acting():
        seen = changes.preview(caller=shop.owner.caller, plan_key="enterprise")
        assert changes.change_plan(caller=shop.owner.caller, plan_key="enterprise", at=seen.at).status == "applied"
    deliver(shop)
    shop.wait(days=31)
    deliver(shop)
    assert standing(shop) == ("enterprise", "active", 2500)


@pytest.mark.parametrize("arrives", [True, False])
def test_a_pack_by_debit_brings_its_tokens_when_the_money_is_there(opened: Shop, arrives: bool) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    save(shop, "us_bank_account", "works" if arrives else "declines")
    order = buy(shop)
    assert order.status == "processing"
    before = len(charges(shop))
    with owner.acting():
        assert billing().card == "Bank account ending in 6789"
        settle_unknown()
        assert orders.pay(caller=owner.caller, order_id=order.id).status == "processing"
        assert position().available == 200
    assert len(charges(shop)) == before, "nothing is charged a second time meanwhile"
    shop.wait(days=3)
    deliver(shop)
    with owner.acting():
        settle_unknown()
        order.refresh_from_db()
        assert (order.status, position().available) == (("paid", 700) if arrives else ("failed", 200))
    with shop.store() as store:
        [bill] = [one for one in store.find("invoice") if one["metadata"].get("order_id") == str(order.id)]
        assert bill["status"] == ("paid" if arrives else "void")


def test_a_topup_by_debit_is_one_at_a_time_and_backs_off(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    save(shop, "us_bank_account", "declines")
    wanted: dict[str, Any] = {"pack_key": "pack_500", "below_tokens": 500, "monthly_cap": Decimal(100)}
    with owner.acting():
        topup.set_topup(caller=owner.caller, enabled=True, **wanted)
        first = top_up()
        assert first is not None and first.status == "processing"
        assert top_up() is None, "one is on its way"
    shop.wait(days=3)
    deliver(shop)
    with owner.acting():
        assert (PackOrder.objects.get(id=first.id).status, TopUp.objects.get().declines) == ("failed", 1)
        assert top_up() is None, "it waits after what was not paid"


@pytest.mark.parametrize("arrives", [True, False])
def test_a_plan_by_debit_begins_when_the_money_is_there(opened: Shop, arrives: bool) -> None:
    shop, owner = opened, opened.owner
    with owner.acting():
        Till(shop).subscribed_by_debit(succeeds=arrives)
        waiting = StripeSubscription.objects.get()
        assert (waiting.first_bill_open, waiting.processing_at is not None) == (True, True)
        for again in (changes.subscribe, changes.change_plan, changes.preview):
            with pytest.raises(Conflict, match="on its way"):
                again(caller=owner.caller, plan_key="pro")
    assert standing(shop) == ("starter", "active", 0)
    shop.wait(days=3)
    deliver(shop)
    sweeps.end_unpaid()
    deliver(shop)
    with owner.acting():
        reconciliation.reconcile_organization()  # its payment was told of before the plan had begun
    assert standing(shop) == (("pro", "active", 200) if arrives else ("starter", "active", 0))
    with owner.acting():
        row = StripeSubscription.objects.get()
        assert (row.ended_at is None, row.first_bill_open, row.processing_at) == (arrives, False, None)
        assert Payment.objects.count() == arrives
    if not arrives:
        subscribe(shop, "pro")
        assert standing(shop) == ("pro", "active", 200)


def test_a_first_debit_that_arrives_after_the_end_is_there_for_staff_to_refund(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    with owner.acting():
        Till(shop).subscribed_by_debit(succeeds=True)
    shop.v1.subscriptions.cancel(subscription_id(shop))
    deliver(shop)
    kinds = Event.objects.filter(organization_id=owner.organization_id).values_list("kind", flat=True)
    with owner.acting():
        assert "subscription.not_begun" not in kinds, "its money may still come"
    shop.wait(days=3)
    deliver(shop)
    with owner.acting():
        reconciliation.reconcile_organization()
        payment = Payment.objects.get()
        assert (payment.tokens, payment.plan_key, "payment.bought_nothing" in kinds.all()) == (0, "pro", True)
    assert standing(shop) == ("starter", "active", 0)


def test_a_default_from_before_the_plan_is_no_choice_for_it(opened: Shop) -> None:
    shop = opened
    subscribe(shop, "pro")
    save(shop, "card")
    sweeps.pay_with_new_cards()
    shop.v1.subscriptions.cancel(subscription_id(shop))
    deliver(shop)
    subscribe(shop, "pro")
    paid_with = shop.v1.subscriptions.retrieve(subscription_id(shop)).default_payment_method
    sweeps.pay_with_new_cards()
    assert shop.v1.subscriptions.retrieve(subscription_id(shop)).default_payment_method == paid_with


def test_a_renewal_by_debit_keeps_the_plan_until_it_fails_and_is_never_charged_twice(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    save(shop, "us_bank_account", "declines")
    sweeps.pay_with_new_cards()
    deliver(shop)
    period_end = shop.v1.subscriptions.retrieve(subscription_id(shop)).items.data[0].current_period_end
    with shop.store() as store:
        seconds = period_end - store.time
    shop.wait(seconds=seconds + 3700)
    deliver(shop)
    assert standing(shop) == ("pro", "active", 200), "the month's tokens come with the renewal"
    with owner.acting():
        assert StripeSubscription.objects.get().processing_at is not None
    shop.wait(days=2)
    deliver(shop)
    assert standing(shop)[1] == "grace"
    account = save(shop, "us_bank_account")
    with owner.acting():
        assert overdue.pay_with_new_card()
    deliver(shop)
    before = len(charges(shop))
    save(shop, "card")
    with owner.acting():
        assert StripeSubscription.objects.get().tried_card == account
        assert overdue.fix_payment(caller=owner.caller).processing
        assert not overdue.pay_with_new_card()
        assert not overdue.end_unpaid()
    assert len(charges(shop)) == before, "nothing is charged while the money is on its way"
    shop.wait(days=2, hours=1)
    deliver(shop)
    assert standing(shop) == ("pro", "active", 200)


def test_an_upgrade_of_who_pays_by_debit_is_refused_with_what_to_do(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    save(shop, "us_bank_account")
    sweeps.pay_with_new_cards()
    deliver(shop)
    with owner.acting():
        seen = changes.preview(caller=owner.caller, plan_key="enterprise")
        with pytest.raises(Conflict, match="Choose a card or Link"):
            changes.change_plan(caller=owner.caller, plan_key="enterprise", at=seen.at)
    save(shop, "card")
    sweeps.pay_with_new_cards()
    with owner.acting():
        assert changes.change_plan(caller=owner.caller, plan_key="enterprise", at=seen.at).status == "applied"


def test_a_new_default_pays_the_next_bill_of_a_plan_in_good_standing_and_a_packs_card_does_not(opened: Shop) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    first = shop.v1.subscriptions.retrieve(subscription_id(shop)).default_payment_method
    with owner.acting():
        order = orders.buy_pack(caller=owner.caller, pack_key="pack_500", new_card=True)
    shop.pay(shop.v1.checkout.sessions.retrieve(order.checkout_session_id))
    deliver(shop)
    sweeps.pay_with_new_cards()
    assert shop.v1.subscriptions.retrieve(subscription_id(shop)).default_payment_method == first
    for _ in range(2):  # there and back, within the day for which Stripe remembers keys
        chosen = save(shop, "card")
        sweeps.pay_with_new_cards()
        assert shop.v1.subscriptions.retrieve(subscription_id(shop)).default_payment_method == chosen
    with shop.store() as store:
        cards.make_default(store, store.find("customer")[0], first)
    deliver(shop)
    sweeps.pay_with_new_cards()
    assert shop.v1.subscriptions.retrieve(subscription_id(shop)).default_payment_method == first


def subscription_id(shop: Shop) -> str:
    with shop.owner.acting():
        return str(StripeSubscription.objects.latest("id").subscription_id)


def test_the_fee_of_a_dispute_is_among_the_payments_fees(opened: Shop) -> None:
    from fake_stripe.engine import payments

    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        charge = Payment.objects.get().charge_id
    shop.act("charge", charge, payments.open_dispute)
    deliver(shop)
    with owner.acting():
        assert Payment.objects.get().dispute_fee == Decimal(15)
