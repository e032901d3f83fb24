"""From a customer to paid bills."""

import pytest
import stripe


def test_a_subscription_is_bought_on_the_pay_page(shop):
    customer = shop.customer()
    sub = shop.subscription(customer)
    assert sub.status == "active"
    invoice = shop.v1.invoices.retrieve(sub.latest_invoice, {"expand": ["payments"]})
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 14900, "subscription_create")
    assert invoice.parent.subscription_details.subscription == sub.id
    assert "invoice.paid" in shop.events() and "checkout.session.completed" in shop.events()


def test_a_pack_is_bought_on_the_pay_page_and_by_a_saved_card(shop):
    customer = shop.customer()
    session = shop.session(
        customer,
        "payment",
        payment_intent_data={"metadata": {"o": "1"}, "setup_future_usage": "off_session"},
        invoice_creation={"enabled": True},
    )
    shop.pay(session)
    done = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items", "payment_intent.latest_charge"]})
    assert (done.status, done.payment_status, done.amount_total) == ("complete", "paid", 2900)
    card = done.payment_intent.payment_method
    pi = shop.v1.payment_intents.create(
        {
            "amount": 2900,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": card,
            "confirm": True,
            "error_on_requires_action": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "expand": ["latest_charge"],
        },
        {"idempotency_key": f"o:{customer.id}"},
    )
    assert pi.status == "succeeded" and pi.latest_charge.paid


def test_a_declined_card_is_a_402_again_and_again(shop):
    customer = shop.customer()
    card = shop.saved_card(customer, "declines")
    params = {
        "amount": 2900,
        "currency": "usd",
        "customer": customer.id,
        "payment_method": card,
        "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    seen = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            shop.v1.payment_intents.create(params, {"idempotency_key": f"d:{customer.id}"})
        seen.append((caught.value.code, caught.value.error.decline_code, caught.value.error.payment_intent.id))
    assert seen[0] == seen[1]
    with pytest.raises(stripe.IdempotencyError):
        shop.v1.payment_intents.create({**params, "amount": 7900}, {"idempotency_key": f"d:{customer.id}"})
