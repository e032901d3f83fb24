"""Every sale is an invoice, and tax changes no tokens."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import stripe

from marketplace.models import Customer, OrderStatus, PackOrder, Payment
from marketplace.models.invoices import CreditNote, Invoice
from marketplace.packs import orders
from marketplace.payments import invoices, refunds
from marketplace.stripe.objects import PAYMENT, SALE
from tests.conftest import Person
from tests.marketplace.double import BILL, CHARGE, FINALIZE, Body, Double, document, intent, sells_by_invoice
from tests.marketplace.life import open_life, paid_by_intent
from tokens.queries import position

pytestmark = pytest.mark.own_database

VISIT, VOID = "/v1/checkout/sessions", "/v1/invoices/*/void"


def buy(person: Person) -> PackOrder:
    return orders.buy_pack(caller=person.caller, pack_key="pack_500")


def invoice_at(double: Double) -> Body:
    [found] = [each for each in double.objects.values() if each["object"] == "invoice"]
    return found


@pytest.mark.parametrize(
    ("tax", "inclusive", "paid"), [(0, False, 2900), (580, False, 3480), (483, True, 2900)], ids=["no", "on top", "in"]
)
def test_tax_changes_what_is_paid_and_never_the_tokens(
    tax: int, inclusive: bool, paid: int, alice: Person, customer: Customer, stripe_double: Double, settings: Any
) -> None:
    settings.STRIPE_TAX, settings.STRIPE_TAX_BEHAVIOR = bool(tax), "inclusive" if inclusive else "exclusive"
    sells_by_invoice(stripe_double, str(customer.customer_id), tax=tax, inclusive=inclusive)
    with alice.acting():
        order = buy(alice)
        assert (order.status, position().available) == (OrderStatus.PAID, 700)
        payment, sale = Payment.objects.get(), Invoice.objects.get()
        assert (payment.paid_cents, payment.tax_cents, payment.tokens) == (paid, tax, 500)
        assert (sale.total_cents, sale.tax_cents, sale.what, sale.payment_id) == (paid, tax, "500 tokens", payment.id)
        assert (sale.number, sale.customer_name, sale.pdf_url) == (
            invoice_at(stripe_double)["number"],
            "Juniper Bakery",
            "https://invoice.example/pdf",
        )
        [(asked, _)] = stripe_double.asked("post", BILL)
        assert asked["automatic_tax[enabled]"] == str(bool(tax)).lower()
        refunds.refund(payment_id=payment.id, amount=Decimal(paid) / 200, reason="half of it")
        assert position().available == 450, "half of what was paid takes half of what it brought"


def test_a_pay_page_with_tax_credits_before_and_after_its_invoice_is_written(
    alice: Person, customer: Customer, stripe_double: Double
) -> None:
    with alice.acting():
        order = orders.place_order(caller=alice.caller, pack_key="pack_500")
        paid = stripe_double.put("payment_intent", **intent(order, str(customer.customer_id), amount_received=3480))
        stripe_double.put(
            "checkout.session",
            payment_intent=paid["id"],
            amount_subtotal=2900,
            amount_total=3480,
            total_details={"amount_tax": 580},
        )
        PAYMENT.sync(paid["id"])
        sale = Invoice.objects.get()
        assert (position().available, Payment.objects.get().tax_cents) == (700, 580)
        assert (sale.number, sale.shown_number, sale.total_cents) == ("", "R-00001", 3480), "our receipt for now"
        written = stripe_double.put(
            "invoice",
            customer=customer.customer_id,
            parent=None,
            metadata={"order_id": str(order.id)},
            lines={"object": "list", "data": []},
            billing_reason="manual",
            status="paid",
            status_transitions={"finalized_at": None},
            hosted_invoice_url="",
            amount_remaining=0,
            **document(2900, number="A-0001", tax=580),
        )
        paying = {"type": "payment_intent", "payment_intent": paid["id"]}
        stripe_double.put("invoice_payment", invoice=written["id"], payment=paying, status="paid")
        for _ in range(2):
            SALE.sync(written["id"])
            PAYMENT.sync(paid["id"])
        sale = Invoice.objects.get()
        assert (sale.shown_number, sale.invoice_id, sale.tax_cents) == ("A-0001", written["id"], 580)
        assert position().available == 700


def test_a_decline_voids_the_invoice_and_an_unknown_outcome_is_asked_for(
    alice: Person, customer: Customer, stripe_double: Double
) -> None:
    sells_by_invoice(stripe_double, str(customer.customer_id))
    stripe_double.on_post[VISIT] = lambda path, params: stripe_double.put(
        "checkout.session", url="https://pay.example/", customer=customer.customer_id
    )
    stripe_double.failing[CHARGE] = [{"code": "card_declined"}]
    with alice.acting():
        assert buy(alice).checkout_url == "https://pay.example/"
        assert invoice_at(stripe_double)["status"] == "void", "it must not be paid beside the pay page"
        stripe_double.failing[CHARGE] = [stripe.APIConnectionError("gone")]  # type: ignore[no-untyped-call]
        order = buy(alice)
        assert (order.status, order.invoice_id != "", position().available) == (OrderStatus.PENDING, True, 200)
        PackOrder.objects.filter(id=order.id).update(attempted_at=order.created_at - orders.UNKNOWN_FOR)
        assert orders.settle_unknown() == 1
        order.refresh_from_db()
        assert (order.status, position().available) == (OrderStatus.PAID, 700), "the invoice says that it is paid"
        assert len(stripe_double.asked("post", CHARGE)) == 2, "too old to be repeated under its key"


@pytest.mark.parametrize("code", ["resource_missing", "payment_method_unexpected_state"])
def test_a_card_that_is_gone_leads_to_the_pay_page(
    alice: Person, customer: Customer, stripe_double: Double, code: str
) -> None:
    sells_by_invoice(stripe_double, str(customer.customer_id))
    stripe_double.on_post[VISIT] = lambda path, params: stripe_double.put(
        "checkout.session", url="https://pay.example/", customer=customer.customer_id
    )
    stripe_double.failing[CHARGE] = [{"type": "invalid_request_error", "code": code}]
    with alice.acting():
        order = buy(alice)
        assert (order.checkout_url, order.status) == ("https://pay.example/", OrderStatus.PENDING)
        assert invoice_at(stripe_double)["status"] == "void"


def test_an_attempt_whose_decline_the_webhook_heard_first_is_ended_all_the_same(
    alice: Person, customer: Customer, stripe_double: Double
) -> None:
    sells_by_invoice(stripe_double, str(customer.customer_id))
    stripe_double.failing[CHARGE] = [stripe.APIConnectionError("gone")]  # type: ignore[no-untyped-call]
    stripe_double.on_post[CHARGE] = lambda path, params: invoice_at(stripe_double)
    with alice.acting():
        order = buy(alice)
        declined = {"last_payment_error": {"code": "card_declined"}, "status": "requires_payment_method"}
        PAYMENT.sync(stripe_double.put("payment_intent", **intent(order, str(customer.customer_id), **declined))["id"])
        assert list(orders.unanswered()) == [order], "its invoice is open: the attempt has not ended"
        PackOrder.objects.filter(id=order.id).update(attempted_at=order.created_at - orders.UNKNOWN_FOR)
        assert orders.settle_unknown() == 1
        assert invoice_at(stripe_double)["status"] == "void"


def test_without_an_address_for_the_tax_the_pay_page_asks_for_it(
    alice: Person, customer: Customer, stripe_double: Double
) -> None:
    sells_by_invoice(stripe_double, str(customer.customer_id))
    stripe_double.on_post[VISIT] = lambda path, params: stripe_double.put(
        "checkout.session", url="https://pay.example/", customer=customer.customer_id
    )
    stripe_double.failing[BILL] = [{"type": "invalid_request_error", "code": "customer_tax_location_invalid"}]
    with alice.acting():
        order = buy(alice)
        assert (order.checkout_url, order.status) == ("https://pay.example/", OrderStatus.PENDING)
        assert stripe_double.asked("post", CHARGE) == []


def test_a_pack_that_credit_paid_in_full_brings_its_tokens_once(
    alice: Person, customer: Customer, stripe_double: Double
) -> None:
    sells_by_invoice(stripe_double, str(customer.customer_id))
    finalize = stripe_double.on_post[FINALIZE]
    stripe_double.on_post[FINALIZE] = lambda path, params: (
        finalize(path, params).update(status="paid", amount_remaining=0) or invoice_at(stripe_double)
    )
    stripe_double.failing[CHARGE] = [{"type": "invalid_request_error", "message": "Invoice is already paid"}]
    with alice.acting():
        order = buy(alice)
        assert (order.status, position().available) == (OrderStatus.PAID, 700)
        SALE.sync(order.invoice_id)
        sale = Invoice.objects.get()
        assert (position().available, sale.total_cents, Payment.objects.get().paid_cents) == (700, 2900, 0)


def test_a_refund_is_a_credit_note_and_one_from_the_dashboard_is_seen_too(
    alice: Person, customer: Customer, stripe_double: Double
) -> None:
    sells_by_invoice(stripe_double, str(customer.customer_id))
    with alice.acting():
        order = buy(alice)
        refunds.refund(payment_id=Payment.objects.get().id, amount=Decimal(10), reason="asked for it")
        [note] = CreditNote.objects.all()
        assert (note.total_cents, note.invoice.invoice_id, note.voided) == (1000, order.invoice_id, False)
        stripe_double.put(
            "credit_note",
            invoice=order.invoice_id,
            number="A-2",
            total=500,
            total_taxes=[],
            status="issued",
            pdf="",
            effective_at=None,
        )
        for _ in range(2):
            SALE.sync(order.invoice_id)
        assert sorted(CreditNote.objects.values_list("total_cents", flat=True)) == [500, 1000]
        assert Invoice.objects.get().refunded == 10


def test_a_plan_is_an_invoice_whichever_event_comes_first_and_old_sales_are_asked_for(
    alice: Person, stripe_double: Double
) -> None:
    from marketplace.stripe.objects import SUBSCRIPTION

    life = open_life(alice, stripe_double, ago=1)
    [bill] = [each for each in stripe_double.objects.values() if each["object"] == "invoice"]
    paid, _ = paid_by_intent(life, bill, 14900)
    with alice.acting():
        SUBSCRIPTION.sync(life.sub["id"])
        PAYMENT.sync(paid["id"])
        SUBSCRIPTION.sync(life.sub["id"])
        sale = Invoice.objects.get()
        assert (sale.what, sale.number, sale.total_cents) == ("Pro", bill["number"], 14900)
        assert sale.payment_id == Payment.objects.get().id
        assert invoices.ask_for_missing() == 0
        Invoice.objects.update(asked_at=None, invoice_id=None, number="")
        assert (invoices.ask_for_missing(), invoices.ask_for_missing()) == (1, 0)
        assert Invoice.objects.get().number == bill["number"]
        Invoice.objects.all().delete()
        assert (invoices.ask_for_missing(), Invoice.objects.get().number) == (1, bill["number"])


def test_the_api_lists_invoices_to_their_organization_only(
    alice: Person, mallory: Person, customer: Customer, stripe_double: Double
) -> None:
    sells_by_invoice(stripe_double, str(customer.customer_id), tax=580)
    with alice.acting():
        bought = [orders.buy_pack(caller=alice.caller, pack_key="pack_500", request_key=str(uuid4())) for _ in range(3)]
    first = alice.get("/invoices?limit=2").json()
    [last] = alice.get(f"/invoices?limit=2&cursor={first['next_cursor']}").json()["data"]
    seen = [*first["data"], last]
    assert [each["purchase"] for each in seen] == [str(order.id) for order in reversed(bought)]
    assert (last["total"], last["tax"], last["refunded"], last["status"]) == ("34.80", "5.80", "0.00", "paid")
    assert last["customer"]["name"] == "Juniper Bakery" and last["pdf_url"] == "https://invoice.example/pdf"
    assert mallory.get("/invoices").json() == {"data": [], "next_cursor": None}
