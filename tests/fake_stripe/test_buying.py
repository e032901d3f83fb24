"""Paying: on the pay page, with a saved card, later, and not at all."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from django.db import connections

from fake_stripe.engine import cards, checkout
from tests.fake_stripe.shop import Shop

pytestmark = pytest.mark.own_database

ON_SESSION = {"enabled": True, "allow_redirects": "never"}


def charge_params(customer: Any, card: str, **more: Any) -> dict[str, Any]:
    """Return the parameters of a one-click purchase."""
    return {
        "amount": 2900,
        "currency": "usd",
        "customer": customer.id,
        "payment_method": card,
        "confirm": True,
        "automatic_payment_methods": ON_SESSION,
        "metadata": {"order_id": "1"},
        **more,
    }


def test_a_subscription_is_bought_on_the_pay_page(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    invoice = shop.v1.invoices.retrieve(sub.latest_invoice, {"expand": ["payments", "confirmation_secret"]})
    assert sub.status == "active"
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 14900, "subscription_create")
    assert invoice.parent.subscription_details.subscription == sub.id
    assert invoice.lines.data[0].period.end == sub["items"].data[0].current_period_end
    paying = invoice.payments.data[0].payment.payment_intent
    wanted = {"type": "payment_intent", "payment_intent": paying}
    assert shop.v1.invoice_payments.list({"payment": wanted}).data[0].invoice == invoice.id
    assert {"customer.subscription.created", "invoice.paid", "checkout.session.completed"} <= set(shop.events())


def test_a_pack_with_its_invoice_belongs_to_no_subscription(shop: Shop) -> None:
    customer = shop.customer()
    data = {"metadata": {"order_id": "7"}, "setup_future_usage": "off_session"}
    creation = {"enabled": True, "invoice_data": {"metadata": {"order_id": "7"}}}
    session = shop.session(customer, "payment", payment_intent_data=data, invoice_creation=creation)
    shop.pay(session)
    expand = {"expand": ["line_items", "payment_intent.latest_charge", "invoice"]}
    done = shop.v1.checkout.sessions.retrieve(session.id, expand)
    assert (done.status, done.payment_status, done.amount_total) == ("complete", "paid", 2900)
    assert done.invoice.parent is None and done.invoice.billing_reason == "manual" and done.invoice.status == "paid"
    assert done.payment_intent.latest_charge.metadata["order_id"] == "7"
    assert [card.id for card in shop.v1.payment_methods.list({"customer": customer.id}).data]


def test_a_saved_card_pays_at_once_and_the_key_remembers_it(shop: Shop) -> None:
    customer = shop.customer()
    params = charge_params(customer, shop.saved_card(customer), expand=["latest_charge"])
    key = {"idempotency_key": f"order:{customer.id}:1"}
    first, second = (shop.v1.payment_intents.create(params, key) for _ in range(2))
    assert first.id == second.id and first.latest_charge.receipt_url
    assert shop.events().count("charge.succeeded") == 1
    with pytest.raises(stripe.IdempotencyError):
        shop.v1.payment_intents.create({**params, "amount": 7900}, key)


@pytest.mark.parametrize(
    ("behaviour", "how", "code", "decline"),
    [
        ("declines", {}, "card_declined", "generic_decline"),
        ("insufficient", {}, "card_declined", "insufficient_funds"),
        ("expired", {}, "expired_card", "expired_card"),
        ("authentication", {"error_on_requires_action": True}, "authentication_required", "authentication_required"),
        ("authentication", {"off_session": True}, "authentication_required", "authentication_required"),
    ],
)
def test_a_refused_card_is_a_402_that_stays_in_the_books(
    shop: Shop, behaviour: str, how: dict[str, Any], code: str, decline: str
) -> None:
    customer = shop.customer()
    params = charge_params(customer, shop.saved_card(customer, behaviour), **how)
    seen = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            shop.v1.payment_intents.create(params, {"idempotency_key": f"order:{customer.id}:1"})
        error: Any = caught.value.error
        seen.append((caught.value.http_status, error.code, error.decline_code, error.payment_intent.id))
    assert seen[0][:3] == (402, code, decline) and seen[0] == seen[1]
    kept = shop.v1.payment_intents.retrieve(seen[0][3])
    assert kept.status == "requires_payment_method" and kept.last_payment_error.code == code
    assert shop.events().count("payment_intent.payment_failed") == 1


def test_a_decline_leaves_the_pay_page_open_for_another_card(shop: Shop) -> None:
    session = shop.session(shop.customer(), "payment")
    shop.pay(session, "declines")
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"
    shop.pay(session)
    assert shop.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert shop.events().count("payment_intent.created") == 1


@pytest.mark.parametrize("mode", ["payment", "subscription", "setup"])
def test_authentication_is_asked_for_refused_and_given(shop: Shop, mode: str) -> None:
    session = shop.session(shop.customer(), mode)
    if mode != "setup":
        shop.pay(session, "authentication")
        shop.act("checkout.session", session.id, checkout.authenticate, succeeds=False)
        assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"
    shop.pay(session, "authentication")
    shop.act("checkout.session", session.id, checkout.authenticate, succeeds=True)
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_a_payment_that_needs_the_bank_is_confirmed_there(shop: Shop) -> None:
    customer = shop.customer()
    intent = shop.v1.payment_intents.create(charge_params(customer, shop.saved_card(customer, "authentication")))
    assert intent.status == "requires_action"
    shop.act("payment_intent", intent.id, checkout.authenticate_intent, succeeds=True)
    assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize("mode", ["payment", "subscription"])
@pytest.mark.parametrize("succeeds", [True, False])
def test_money_that_comes_later_or_never(shop: Shop, mode: str, succeeds: bool) -> None:
    session = shop.session(shop.customer(), mode)
    shop.act("checkout.session", session.id, checkout.pay_by_bank, succeeds=succeeds)
    waiting = shop.v1.checkout.sessions.retrieve(session.id)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    shop.wait(days=3)
    assert shop.events().count(f"checkout.session.async_payment_{'succeeded' if succeeds else 'failed'}") == 1
    assert shop.v1.checkout.sessions.retrieve(session.id).payment_status == ("paid" if succeeds else "unpaid")
    if mode == "subscription":
        status = shop.v1.subscriptions.retrieve(waiting.subscription).status
        assert status == ("active" if succeeds else "past_due")


def test_a_session_expires_by_time_or_by_hand_once(shop: Shop) -> None:
    customer = shop.customer()
    by_time, by_hand = shop.session(customer), shop.session(customer)
    shop.v1.checkout.sessions.expire(by_hand.id)
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.checkout.sessions.expire(by_hand.id)
    shop.wait(hours=25)
    assert shop.v1.checkout.sessions.retrieve(by_time.id).status == "expired"
    assert shop.events().count("checkout.session.expired") == 2
    assert not shop.v1.checkout.sessions.list({"customer": customer.id, "status": "open"}).data


def test_a_card_is_saved_listed_made_default_and_forgotten(shop: Shop) -> None:
    customer = shop.customer()
    session = shop.session(customer, "setup")
    shop.pay(session)
    intent = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]}).setup_intent
    card = intent.payment_method
    shop.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": card}})
    assert [c.id for c in shop.v1.customers.payment_methods.list(customer.id).data] == [card]
    shop.v1.payment_methods.detach(card)
    assert shop.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method is None
    other = shop.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    with shop.store() as store:
        assert cards.behaviour_of(store, store.get("payment_method", other.id)) == "declines"


def test_fifty_at_once_with_one_key_charge_once(shop: Shop) -> None:
    customer = shop.customer()
    params = charge_params(customer, shop.saved_card(customer))

    def create(_: int) -> str:
        try:
            return str(shop.v1.payment_intents.create(params, {"idempotency_key": f"k:{customer.id}"}).id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(create, range(50)))) == 1
    assert shop.events().count("charge.succeeded") == 1
