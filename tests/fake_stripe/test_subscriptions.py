"""The life of a subscription: change, renew, fall behind, recover, end."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from fake_stripe.engine import cards, checkout
from fake_stripe.engine.periods import after, boundary, share
from tests.fake_stripe.shop import Shop

pytestmark = pytest.mark.own_database


def item_of(sub: Any) -> Any:
    """Return a subscription's first item."""
    return sub["items"].data[0]


def upgrade_params(shop: Shop, sub: Any, **more: Any) -> dict[str, Any]:
    """Return the parameters of an upgrade that is paid first."""
    return {
        "items": [{"id": item_of(sub).id, "price": shop.prices()["t_ent"].id}],
        "proration_behavior": "always_invoice",
        "proration_date": item_of(sub).current_period_start + 10 * 86_400,
        "payment_behavior": "pending_if_incomplete",
        **more,
    }


def behave(shop: Shop, sub: Any, behaviour: str) -> None:
    """Make the subscription's card behave."""
    shop.act("payment_method", sub.default_payment_method, cards.set_behaviour, behaviour=behaviour)


def test_an_upgrade_costs_what_its_preview_said(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    shop.wait(days=10)
    params = upgrade_params(shop, sub)
    details = {name: params[name] for name in ("items", "proration_behavior", "proration_date")}
    preview = shop.v1.invoices.create_preview(
        {"customer": sub.customer, "subscription": sub.id, "subscription_details": details}
    )
    changed = shop.v1.subscriptions.update(sub.id, params)
    invoice = shop.v1.invoices.retrieve(changed.latest_invoice)
    assert preview.total == invoice.amount_paid > 0 and invoice.billing_reason == "subscription_update"
    assert [line.amount for line in preview.lines.data] == [line.amount for line in invoice.lines.data]
    assert item_of(changed).price.lookup_key == "t_ent" and changed.pending_update is None
    assert item_of(changed).id == item_of(sub).id
    assert item_of(changed).current_period_end == item_of(sub).current_period_end


@pytest.mark.parametrize("behaviour", ["declines", "authentication"])
def test_an_upgrade_that_is_not_paid_waits_and_is_applied_once_paid(shop: Shop, behaviour: str) -> None:
    sub = shop.subscription(shop.customer())
    behave(shop, sub, behaviour)
    waiting = shop.v1.subscriptions.update(sub.id, upgrade_params(shop, sub, proration_date=sub.created))
    assert waiting.status == "active" and item_of(waiting).price.lookup_key == "t_pro"
    assert waiting.pending_update.subscription_items[0].price.lookup_key == "t_ent"
    assert "invoice.payment_failed" in shop.events()
    behave(shop, sub, "works")
    shop.v1.invoices.pay(waiting.latest_invoice, {"off_session": True})
    done = shop.v1.subscriptions.retrieve(sub.id)
    assert item_of(done).price.lookup_key == "t_ent" and done.pending_update is None
    assert "customer.subscription.pending_update_applied" in shop.events()


def test_an_upgrade_that_is_never_paid_lapses(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    behave(shop, sub, "declines")
    waiting = shop.v1.subscriptions.update(sub.id, upgrade_params(shop, sub, proration_date=sub.created))
    shop.wait(hours=24)
    assert shop.v1.invoices.retrieve(waiting.latest_invoice).status == "void"
    assert shop.v1.subscriptions.retrieve(sub.id).pending_update is None
    assert "customer.subscription.pending_update_expired" in shop.events()


def test_an_upgrade_that_must_be_paid_at_once_changes_nothing(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    behave(shop, sub, "declines")
    before = shop.events()
    params = upgrade_params(shop, sub, proration_date=sub.created, payment_behavior="error_if_incomplete")
    with pytest.raises(stripe.CardError):
        shop.v1.subscriptions.update(sub.id, params)
    assert shop.v1.subscriptions.retrieve(sub.id).latest_invoice == sub.latest_invoice
    assert shop.events() == before


def test_pending_updates_change_items_only(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    with pytest.raises(stripe.InvalidRequestError, match="does not support"):
        shop.v1.subscriptions.update(sub.id, upgrade_params(shop, sub, description="x"))
    with pytest.raises(stripe.InvalidRequestError, match="outside of current period"):
        shop.v1.subscriptions.update(sub.id, upgrade_params(shop, sub, proration_date=sub.created - 10))


def test_prorations_can_wait_for_the_next_invoice(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    items = [{"id": item_of(sub).id, "price": shop.prices()["t_ent"].id}]
    shop.v1.subscriptions.update(sub.id, {"items": items, "proration_behavior": "create_prorations"})
    shop.wait(days=31)
    renewed = shop.v1.subscriptions.retrieve(sub.id)
    lines = shop.v1.invoices.retrieve(renewed.latest_invoice).lines.data
    assert sorted(line.amount for line in lines) == [-14900, 39900, 39900]


def test_a_downgrade_comes_at_the_period_end_and_can_be_taken_back(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    ent = shop.prices()["t_ent"].id
    schedule = shop.v1.subscription_schedules.create({"from_subscription": sub.id})
    current = schedule.phases[0]
    now = {
        "items": [{"price": item_of(sub).price.id, "quantity": 1}],
        "start_date": current.start_date,
        "end_date": current.end_date,
    }
    then = {
        "items": [{"price": ent, "quantity": 1}],
        "duration": {"interval": "month", "interval_count": 1},
        "proration_behavior": "none",
    }
    shop.v1.subscription_schedules.update(schedule.id, {"end_behavior": "release", "phases": [now, then]})
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        shop.v1.subscriptions.update(sub.id, {"cancel_at": "min_period_end"})
    shop.wait(days=31)
    changed = shop.v1.subscriptions.retrieve(sub.id)
    assert item_of(changed).price.lookup_key == "t_ent" and changed.schedule == schedule.id
    assert shop.v1.invoices.retrieve(changed.latest_invoice).amount_paid == 39900
    shop.wait(days=31)
    assert shop.v1.subscriptions.retrieve(sub.id).schedule is None
    assert shop.v1.subscription_schedules.retrieve(schedule.id).status == "released"
    again = shop.v1.subscription_schedules.create({"from_subscription": sub.id})
    shop.v1.subscription_schedules.release(again.id)
    assert shop.v1.subscriptions.retrieve(sub.id).schedule is None


def test_the_end_is_planned_taken_back_and_comes(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    planned = shop.v1.subscriptions.update(sub.id, {"cancel_at": "min_period_end"})
    assert planned.cancel_at == item_of(sub).current_period_end and not planned.cancel_at_period_end
    assert shop.v1.subscriptions.update(sub.id, {"cancel_at": ""}).cancel_at is None
    shop.v1.subscriptions.update(sub.id, {"cancel_at_period_end": True})
    shop.wait(days=32)
    over = shop.v1.subscriptions.retrieve(sub.id)
    assert over.status == "canceled" and over.ended_at == item_of(sub).current_period_end
    assert shop.events().count("customer.subscription.deleted") == 1
    assert shop.events().count("invoice.paid") == 1
    assert not shop.v1.subscriptions.list({"customer": sub.customer}).data
    assert len(shop.v1.subscriptions.list({"customer": sub.customer, "status": "all"}).data) == 1


def test_three_missed_months_are_renewed_each_at_its_own_time(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    shop.wait(days=93)
    invoices = shop.v1.invoices.list({"subscription": sub.id}).data
    assert [invoice.billing_reason for invoice in invoices] == ["subscription_cycle"] * 3 + ["subscription_create"]
    starts = [invoice.lines.data[0].period.start for invoice in reversed(invoices)]
    assert starts == [after(sub.billing_cycle_anchor, "month", n) for n in range(4)]
    assert [invoice.created for invoice in reversed(invoices)] == starts


def test_a_failed_renewal_is_retried_then_left_open_and_recovers(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    behave(shop, sub, "declines")
    shop.wait(days=31)
    behind = shop.v1.subscriptions.retrieve(sub.id)
    bill = shop.v1.invoices.retrieve(behind.latest_invoice)
    assert (behind.status, bill.status, bill.attempt_count) == ("past_due", "open", 1)
    assert bill.next_payment_attempt and bill.hosted_invoice_url
    shop.wait(days=15)
    bill = shop.v1.invoices.retrieve(bill.id)
    assert bill.attempt_count == 4 and bill.next_payment_attempt is None and bill.status == "open"
    with pytest.raises(stripe.CardError):
        shop.v1.invoices.pay(bill.id)
    shop.saved_card(shop.v1.customers.retrieve(sub.customer))
    good = shop.v1.payment_methods.list({"customer": sub.customer}).data[0].id
    shop.v1.invoices.pay(bill.id, {"payment_method": good})
    assert shop.v1.subscriptions.retrieve(sub.id).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        shop.v1.invoices.pay(bill.id, {"payment_method": good})


def test_paying_an_old_invoice_alone_puts_nothing_right(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    behave(shop, sub, "declines")
    shop.wait(days=62)
    newer, older = shop.v1.invoices.list({"subscription": sub.id, "status": "open"}).data
    behave(shop, sub, "works")
    shop.v1.invoices.pay(older.id)
    assert shop.v1.subscriptions.retrieve(sub.id).status == "past_due"
    shop.v1.invoices.pay(newer.id)
    assert shop.v1.subscriptions.retrieve(sub.id).status == "active"


def test_a_retry_recovers_by_itself(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    behave(shop, sub, "declines")
    shop.wait(days=31)
    behave(shop, sub, "works")
    shop.wait(days=4)
    assert shop.v1.subscriptions.retrieve(sub.id).status == "active"
    assert shop.events().count("invoice.paid") == 2


def test_usage_is_billed_when_the_period_ends(shop: Shop) -> None:
    customer = shop.customer()
    prices = shop.prices()
    items = [{"price": prices["t_ent"].id, "quantity": 1}, {"price": prices["t_over"].id}]
    session = shop.session(customer, line_items=items)
    shop.pay(session)
    sub = shop.v1.subscriptions.retrieve(shop.v1.checkout.sessions.retrieve(session.id).subscription)

    def use(identifier: str, tokens: int) -> Any:
        payload = {"stripe_customer_id": customer.id, "value": str(tokens)}
        return shop.v1.billing.meter_events.create(
            {"event_name": "overage", "identifier": f"{identifier}{customer.id}", "payload": payload}
        )

    use("a", 25)
    use("b", 8)
    use("c", 100)
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        use("a", 25)
    cancel = {"event_name": "overage", "type": "cancel", "cancel": {"identifier": f"c{customer.id}"}}
    shop.v1.billing.meter_event_adjustments.create(cancel)
    meter = prices["t_over"].recurring.meter
    hour = sub.created // 3600 * 3600
    window = {"customer": customer.id, "start_time": hour, "end_time": hour + 7200}
    assert shop.v1.billing.meters.event_summaries.list(meter, window).data[0].aggregated_value == 33.0
    shop.wait(days=32)
    bill = shop.v1.invoices.retrieve(shop.v1.subscriptions.retrieve(sub.id).latest_invoice)
    assert sorted(line.amount for line in bill.lines.data) == [149, 39900]
    assert bill.amount_paid == 40049


def test_a_saved_card_subscribes_and_a_first_invoice_unpaid_lapses(shop: Shop) -> None:
    customer = shop.customer()
    items = [{"price": shop.prices()["t_pro"].id, "quantity": 1}]
    with pytest.raises(stripe.CardError):
        shop.v1.subscriptions.create({"customer": customer.id, "items": items})
    shop.saved_card(customer, "declines")
    sub = shop.v1.subscriptions.create({"customer": customer.id, "items": items})
    assert sub.status == "incomplete"
    params = {"customer": customer.id, "items": items, "payment_behavior": "error_if_incomplete"}
    with pytest.raises(stripe.CardError):
        shop.v1.subscriptions.create(params)
    shop.wait(hours=24)
    assert shop.v1.subscriptions.retrieve(sub.id).status == "incomplete_expired"
    shop.saved_card(customer)
    assert shop.v1.subscriptions.create({"customer": customer.id, "items": items}).status == "active"


def test_cancelled_now_it_bills_the_usage_and_nothing_more(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    shop.v1.subscriptions.cancel(sub.id, {"invoice_now": True})
    shop.wait(days=62)
    assert shop.v1.subscriptions.retrieve(sub.id).status == "canceled"
    assert len(shop.v1.invoices.list({"subscription": sub.id}).data) == 1
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscriptions.cancel(sub.id)


def test_a_hosted_invoice_can_be_paid_with_authentication(shop: Shop) -> None:
    sub = shop.subscription(shop.customer())
    behave(shop, sub, "authentication")
    shop.wait(days=31)
    bill = shop.v1.subscriptions.retrieve(sub.id).latest_invoice
    assert "invoice.payment_action_required" in shop.events()
    with shop.store() as store:
        card = store.get("payment_method", sub.default_payment_method)
        assert checkout.pay_invoice(store, store.get("invoice", bill), card) == "requires_action"
    intent = shop.v1.invoice_payments.list({"invoice": bill}).data[0].payment.payment_intent
    shop.act("payment_intent", intent, checkout.authenticate_intent, succeeds=True)
    assert shop.v1.subscriptions.retrieve(sub.id).status == "active"


def test_an_immediate_downgrade_leaves_credit_for_the_next_invoice(shop: Shop) -> None:
    customer = shop.customer()
    session = shop.session(customer, line_items=[{"price": shop.prices()["t_ent"].id, "quantity": 1}])
    shop.pay(session)
    sub = shop.v1.subscriptions.retrieve(shop.v1.checkout.sessions.retrieve(session.id).subscription)
    items = [{"id": item_of(sub).id, "price": shop.prices()["t_pro"].id}]
    params = {"items": items, "proration_behavior": "always_invoice", "proration_date": sub.created}
    shop.v1.subscriptions.update(sub.id, params)
    assert shop.v1.customers.retrieve(customer.id).balance == -25000
    shop.wait(days=31)
    bill = shop.v1.invoices.retrieve(shop.v1.subscriptions.retrieve(sub.id).latest_invoice)
    assert (bill.total, bill.amount_due, bill.status) == (14900, 0, "paid")
    assert shop.v1.customers.retrieve(customer.id).balance == -10100


# Arithmetic


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-10-31", 4, "2027-02-28"),
    ],
)
def test_periods_are_counted_from_the_anchor(anchor: str, months: int, expected: str) -> None:
    start = int(datetime.fromisoformat(f"{anchor}T12:00+00:00").timestamp())
    assert datetime.fromtimestamp(after(start, "month", months), UTC).date().isoformat() == expected


@given(st.integers(0, 4_000_000_000), st.integers(0, 400 * 86_400))
def test_a_boundary_is_the_first_one_later(anchor: int, later: int) -> None:
    month = {"interval": "month", "interval_count": 1}
    found = boundary(anchor, month, anchor + later)
    assert anchor + later < found <= anchor + later + 31 * 86_400


@given(st.integers(0, 100_000), st.integers(0, 2_678_400))
def test_a_share_is_never_more_than_the_whole(amount: int, at: int) -> None:
    assert 0 <= share(amount, start=0, end=2_678_400, at=at) <= amount
    assert abs(share(amount, start=0, end=2_678_400, at=at) - amount * (1 - at / 2_678_400)) <= 0.5 + 1e-6
