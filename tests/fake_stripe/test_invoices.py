"""Every sale through the fake Stripe is an invoice, with tax on top of the prices or in them."""

from decimal import Decimal
from typing import Any

import pytest

from marketplace.models import Customer, OrderStatus, Payment
from marketplace.models.invoices import CreditNote, Invoice
from marketplace.packs import orders
from marketplace.payments import refunds
from marketplace.stripe import inbox
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tokens.queries import position

pytestmark = pytest.mark.own_database


@pytest.mark.parametrize(
    ("behaviour", "plan", "pack"),
    [("exclusive", (17880, 2980), (3480, 580)), ("inclusive", (14900, 2483), (2900, 483))],
)
def test_plans_packs_and_refunds_with_tax(
    behaviour: str, plan: tuple[int, int], pack: tuple[int, int], opened: Shop, settings: Any
) -> None:
    settings.STRIPE_TAX, settings.STRIPE_TAX_BEHAVIOR = True, behaviour
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    with owner.acting():
        by_card = orders.buy_pack(caller=owner.caller, pack_key="pack_500")
        assert (by_card.status, position().available) == (OrderStatus.PAID, 700)
        on_page = orders.buy_pack(caller=owner.caller, pack_key="pack_500", new_card=True)
    shop.pay(shop.v1.checkout.sessions.retrieve(on_page.checkout_session_id))
    deliver(shop)
    with owner.acting():
        assert position().available == 1200, "tax brings nothing and takes nothing"
        sales = list(Invoice.objects.order_by("receipt_number"))
        assert [(sale.total_cents, sale.tax_cents) for sale in sales] == [plan, pack, pack]
        assert len({sale.number for sale in sales} - {""}) == 3
        assert "Amsterdam" in Customer.objects.get().billing_address
        payment = Payment.objects.get(order=by_card)
        refunds.refund(payment_id=payment.id, amount=Decimal(pack[0]) / 200, reason="half of it")
    deliver(shop)
    with owner.acting():
        [note] = CreditNote.objects.all()
        assert (note.total_cents, note.invoice.payment_id) == (pack[0] // 2, payment.id)
        assert position().available == 950
        before = list(Invoice.objects.order_by("id").values("id", "number", "total_cents"))
    inbox.catch_up()
    inbox.work(events=1000)
    with owner.acting():
        assert list(Invoice.objects.order_by("id").values("id", "number", "total_cents")) == before
        assert position().available == 950


def test_a_new_customer_without_an_address_pays_on_the_page_where_tax_is_computed(opened: Shop, settings: Any) -> None:
    shop, owner = opened, opened.owner
    subscribe(shop, "pro")
    settings.STRIPE_TAX = True
    with owner.acting():
        order = orders.buy_pack(caller=owner.caller, pack_key="pack_500")
        assert order.status == OrderStatus.PENDING and order.checkout_url
    shop.pay(shop.v1.checkout.sessions.retrieve(order.checkout_session_id))
    deliver(shop)
    with owner.acting():
        assert position().available == 700
        assert orders.buy_pack(caller=owner.caller, pack_key="pack_500").status == OrderStatus.PAID
        assert position().available == 1200
