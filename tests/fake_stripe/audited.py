"""Every action with money that changes something for an organization, and how to call it once, on the fake Stripe.

A row makes what the action needs and returns the call itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

from django.db.models import F

from fake_stripe.engine import cards, checkout
from marketplace import closing
from marketplace.gifts import endings, gifted_packs, offers
from marketplace.gifts.links import secret_of
from marketplace.models import Customer, OrderMethod, Overage, PackOrder, Payment, StripeSubscription
from marketplace.models.gifts import Gift, GiftStatus
from marketplace.overage import agreements, allotment, uses
from marketplace.packs import checkouts, orders, topup
from marketplace.payments import fulfilment, refunds
from marketplace.stripe import customers, gateway
from marketplace.subscriptions import changes, overdue, pausing, reminders, sync
from marketplace.subscriptions import price_changes as follow
from plans import actions as plans
from plans.agreements import price_changes
from plans.models import Agreement
from plans.price_book import AgreedTerms
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from tests.conftest import hire, open_business
from tests.fake_stripe.shop import Shop, deliver, subscribe
from tokens import actions as ledger_actions
from tokens.kinds import QuotaScope

Call = Callable[[], object]


@dataclass
class Till:
    """An organization without a plan at the shop, and the organization whose chain must grow."""

    shop: Shop

    def __post_init__(self) -> None:
        self.owner = self.watched = self.shop.owner

    @property
    def me(self) -> dict[str, Any]:
        """Return the owner as the caller."""
        return {"caller": self.owner.caller}

    def on(self, plan: str = "pro") -> None:
        """Pay for a plan."""
        subscribe(self.shop, plan)

    def customer(self) -> Customer:
        """Return the customer, with a card saved at Stripe of which we have not heard."""
        known = customers.ensure_customer()
        self.shop.saved_card(self.shop.v1.customers.retrieve(known.customer_id))
        return known

    def order(self) -> PackOrder:
        """Order a pack on a plan that was given."""
        plans.subscribe(plan_key="pro")
        return orders.place_order(**self.me, pack_key="pack_500")

    def unanswered(self) -> PackOrder:
        """Return an order whose card was charged without an answer."""
        self.on()
        order = orders.place_order(**self.me, pack_key="pack_500")
        card = Customer.objects.get().payment_method_id
        then = database_now() - timedelta(minutes=2)
        made = {"attempt": 1, "method": OrderMethod.INVOICE, "payment_method_id": card, "attempted_at": then}
        PackOrder.objects.filter(id=order.id).update(**made)
        return PackOrder.objects.get(id=order.id)

    def visit(self) -> PackOrder:
        """Pay a pack on the pay page, and come back before the webhook."""
        self.on()
        order = orders.buy_pack(**self.me, pack_key="pack_500", new_card=True)
        self.shop.pay(self.shop.v1.checkout.sessions.retrieve(order.checkout_session_id))
        return order

    def visit_for_a_plan(self) -> Any:
        """Pay for a plan on the pay page, and come back before the webhook."""
        opened = changes.subscribe(**self.me, plan_key="pro")
        session_id = opened.url.rpartition("/")[2]
        self.shop.pay(self.shop.v1.checkout.sessions.retrieve(session_id))
        return self.shop.v1.checkout.sessions.retrieve(session_id)

    def subscribed_by_debit(self, *, succeeds: bool) -> None:
        """Choose a plan and pay for it from a bank account."""
        session_id = changes.subscribe(**self.me, plan_key="pro").url.rpartition("/")[2]
        self.shop.act("checkout.session", session_id, checkout.pay_by_bank, succeeds=succeeds)
        deliver(self.shop)

    def payment(self) -> Payment:
        """Pay for a pack by the saved card."""
        self.on()
        orders.buy_pack(**self.me, pack_key="pack_500")
        return Payment.objects.get(order__isnull=False)

    def refunded(self) -> str:
        """Give the money of a pack back in Stripe's dashboard."""
        intent: str = self.payment().payment_intent_id
        self.shop.v1.refunds.create({"payment_intent": intent})
        return intent

    def topping_up(self) -> None:
        """Turn auto top-up on, with more wanted than there is."""
        self.on()
        topup.set_topup(**self.me, enabled=True, pack_key="pack_500", below_tokens=5000, monthly_cap=Decimal(100))

    def with_overage(self, used: int = 0) -> None:
        """Agree on overage, and use some."""
        self.on("enterprise")
        agreements.agree_overage(**self.me, monthly_cap=Decimal("12.05"))
        if used:
            for amount in (2000, used):
                transaction_id = uuid7()
                who = {"user_id": self.owner.user.pk, "department_id": None, "seconds": 60}
                ledger_actions.hold(
                    transaction_id=transaction_id, tokens=amount, operation="quest", price_book_version=None, **who
                )
                ledger_actions.settle(transaction_id=transaction_id, tokens=amount)

    def dearer(self) -> Agreement:
        """Announce a new price for the next renewal, and wait until it is near."""
        self.on()
        terms = AgreedTerms("pro", 1, Decimal(176), 300)
        change = price_changes.announce(terms=terms, notice=timedelta(0), reason="a test")
        self.shop.wait(days=28)
        deliver(self.shop)
        return change

    def billed_dearer(self) -> None:
        """Let a new price be scheduled, and its renewal come."""
        self.dearer()
        follow.follow_price_change()
        self.shop.wait(days=4)
        deliver(self.shop)

    def overdue(self, *, card_works: bool = True) -> StripeSubscription:
        """Let a renewal fail; the card works again."""
        self.on()
        paid = StripeSubscription.objects.get()
        card = self.shop.v1.subscriptions.retrieve(paid.subscription_id).default_payment_method
        self.shop.act("payment_method", card, cards.set_behaviour, behaviour="declines")
        self.shop.wait(days=31)
        deliver(self.shop)
        if card_works:
            self.shop.act("payment_method", card, cards.set_behaviour, behaviour="works")
        return StripeSubscription.objects.get()

    def gift(self) -> Gift:
        """Be offered tokens by staff."""
        return offers.offer_tokens(tokens=5, note="", reason="a test", by=self.owner.user.pk, request_key=str(uuid4()))

    def quota_gift(self) -> Gift:
        """Offer a colleague a raise."""
        bob = hire(self.owner)
        ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=5)
        plans.subscribe(plan_key="pro")
        return offers.offer_quota(**self.me, scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=3)

    def pack_gift(self) -> Gift:
        """Buy a pack for somebody."""
        self.on()
        return offers.give_pack(**self.me, pack_key="pack_500", email="friend@example.org")

    def taken(self) -> Gift:
        """Buy a pack for somebody who takes it; from now on their chain is watched."""
        gift, friend = self.pack_gift(), open_business()
        with friend.acting():
            gifted_packs.accept_link(caller=friend.caller, secret=secret_of(gift.id))
        self.watched = friend
        return gift


def locked(call: Call) -> Call:
    """Call with the organization's lock, as those do who call this."""

    def inside() -> None:
        with serialized():
            call()

    return inside


def _apply_customer(till: Till) -> Call:
    snapshot = gateway.customer(till.customer().customer_id or "")
    return locked(partial(customers.apply_customer, snapshot))


def _refresh_card(till: Till) -> Call:
    till.customer()
    return customers.refresh_card


def _change_plan(till: Till) -> Call:
    till.on()
    previewed = changes.preview(**till.me, plan_key="enterprise")
    return partial(changes.change_plan, **till.me, plan_key="enterprise", at=previewed.at)


def _cancel(till: Till) -> Call:
    till.on()
    return partial(changes.cancel, **till.me)


def _pause(till: Till) -> Call:
    till.on()
    return partial(pausing.pause, **till.me)


def _resume(till: Till) -> Call:
    _pause(till)()
    return partial(pausing.resume, **till.me)


def _undo_scheduled_change(till: Till) -> Call:
    _cancel(till)()
    return partial(changes.undo_scheduled_change, **till.me)


def _agree_overage(till: Till) -> Call:
    till.on("enterprise")
    return partial(agreements.agree_overage, **till.me, monthly_cap=Decimal("12.05"))


def _end_overage(till: Till) -> Call:
    till.with_overage()
    return partial(agreements.end_overage, **till.me)


def _wind_up(till: Till) -> Call:
    till.with_overage()
    uses.collect()
    agreements.end_overage(**till.me)
    uses.collect()
    StripeSubscription.objects.update(period_starts_at=F("period_starts_at") - timedelta(days=9))
    return agreements.wind_up


def _fit(till: Till) -> Call:
    till.with_overage()
    Overage.objects.update(enabled=False)
    return locked(allotment.resize_overage)


def _resize_after_sync(till: Till) -> Call:
    till.with_overage()
    Overage.objects.update(enabled=False)
    snapshot = gateway.subscription(StripeSubscription.objects.get().subscription_id)
    return locked(partial(allotment.resize_after_sync, snapshot))


def _used(call: Call) -> Callable[[Till], Call]:
    def prepare(till: Till) -> Call:
        till.with_overage(used=5)
        return call

    return prepare


def _fix_payment(till: Till) -> Call:
    till.overdue()
    return partial(overdue.fix_payment, **till.me)


def _pay_open_invoices(till: Till) -> Call:
    return partial(overdue.pay_open_invoices, till.overdue(), key="a test")


def _pay_with_new_card(till: Till) -> Call:
    till.overdue()
    StripeSubscription.objects.update(tried_card="")
    return overdue.pay_with_new_card


def _use_default_method(till: Till) -> Call:
    till.on()
    customer_id = str(Customer.objects.get().customer_id)
    till.shop.saved_card(till.shop.v1.customers.retrieve(customer_id))
    deliver(till.shop)
    return overdue.use_default_method


def _end_unbegun(till: Till) -> Call:
    till.subscribed_by_debit(succeeds=False)
    till.shop.wait(days=3)
    deliver(till.shop)
    return overdue.end_unbegun


def _renewal_ahead(call: Call) -> Callable[[Till], Call]:
    def prepare(till: Till) -> Call:
        till.on()
        till.shop.wait(days=27)
        deliver(till.shop)
        return call

    return prepare


def _report_retry(till: Till) -> Call:
    row = till.overdue(card_works=False)
    snapshot = gateway.subscription(row.subscription_id)
    bills = tuple(replace(bill, attempts=2) for bill in snapshot.open_invoices)
    return locked(partial(reminders.report_retry, replace(snapshot, open_invoices=bills)))


def _end_unpaid(till: Till) -> Call:
    till.overdue(card_works=False)
    StripeSubscription.objects.update(past_due_at=F("past_due_at") - timedelta(days=90))
    return overdue.end_unpaid


def _void_bills_of_ended(till: Till) -> Call:
    paid = till.overdue(card_works=False)
    till.shop.v1.subscriptions.cancel(paid.subscription_id)
    sync.sync_subscription(paid.subscription_id)
    return overdue.void_bills_of_ended


def _pay(till: Till) -> Call:
    till.on()
    order = orders.place_order(**till.me, pack_key="pack_500")
    return partial(orders.pay, **till.me, order_id=order.id)


def _settle(till: Till) -> Call:
    return partial(orders.settle, order=till.unanswered(), customer=Customer.objects.get())


def _settle_unknown(till: Till) -> Call:
    till.unanswered()
    return orders.settle_unknown


def _buy_pack(till: Till) -> Call:
    till.on()
    return partial(orders.buy_pack, **till.me, pack_key="pack_500")


def _place_order(till: Till) -> Call:
    plans.subscribe(plan_key="pro")
    return partial(orders.place_order, **till.me, pack_key="pack_500")


def _order_for_topup(till: Till) -> Call:
    plans.subscribe(plan_key="pro")
    return partial(orders.order_for_topup, pack_key="pack_500", quantity=1)


def _top_up(till: Till) -> Call:
    till.topping_up()
    return orders.top_up


def _stop(till: Till) -> Call:
    till.topping_up()
    return locked(partial(topup.stop, reason="a test"))


def _stop_after_warning(till: Till) -> Call:
    till.topping_up()
    snapshot = gateway.payment(Payment.objects.get().payment_intent_id)
    return locked(partial(topup.stop_after_warning, snapshot))


def _about_topup(act: Callable[[PackOrder], None]) -> Callable[[Till], Call]:
    def prepare(till: Till) -> Call:
        till.topping_up()
        order = orders.order_for_topup(pack_key="pack_500", quantity=1)
        return locked(partial(act, order))

    return prepare


def _reverse(till: Till) -> Call:
    intent = till.refunded()
    payment = Payment.objects.get(payment_intent_id=intent)
    return locked(partial(refunds.reverse, payment, gateway.payment(intent)))


def _apply_payment(till: Till) -> Call:
    return locked(partial(fulfilment.apply_payment, gateway.payment(till.refunded())))


def _apply_sale(till: Till) -> Call:
    till.refunded()
    return locked(partial(fulfilment.apply_sale, gateway.sale(PackOrder.objects.get().invoice_id)))


def _apply_checkout(till: Till) -> Call:
    return locked(partial(checkouts.apply_checkout, gateway.checkout(till.visit().checkout_session_id)))


def _sync_subscription(till: Till) -> Call:
    return partial(sync.sync_subscription, till.visit_for_a_plan().subscription)


def _apply_subscription(till: Till) -> Call:
    snapshot = gateway.subscription(till.visit_for_a_plan().subscription)
    return locked(partial(sync.apply_subscription, snapshot))


def _schedule(till: Till) -> Call:
    plans.subscribe(plan_key="enterprise")
    return locked(partial(sync.schedule, "enterprise", "pro", reason="a test"))


def _cancel_at_stripe(till: Till) -> Call:
    till.on()
    return closing.cancel_at_stripe


def _stop_buying(till: Till) -> Call:
    till.order()
    return partial(closing.stop_buying, reason="a test")


def _late(call: Call, **by: Any) -> Callable[[Till], Call]:
    def prepare(till: Till) -> Call:
        gift = till.gift()
        expires_at = database_now() + timedelta(**by)
        Gift.objects.filter(id=gift.id).update(expires_at=expires_at, created_at=database_now() - timedelta(days=3))
        return call

    return prepare


def _hand_over(till: Till) -> Call:
    return locked(partial(endings.hand_over, till.gift()))


def _offer_quota(till: Till) -> Call:
    bob = hire(till.owner)
    ledger_actions.set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=5)
    plans.subscribe(plan_key="pro")
    return partial(offers.offer_quota, **till.me, scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=3)


def _give_pack(till: Till) -> Call:
    till.on()
    return partial(offers.give_pack, **till.me, pack_key="pack_500", email="friend@example.org")


def _order_gift(till: Till) -> Call:
    plans.subscribe(plan_key="pro")
    return partial(
        offers.order_gift, **till.me, pack_key="pack_500", email="friend@example.org", note="", request_key=None
    )


def _by_link(act: Callable[..., object], *, of_the_taker: bool) -> Callable[[Till], Call]:
    def prepare(till: Till) -> Call:
        gift, friend = till.pack_gift(), open_business()
        if of_the_taker:
            till.watched = friend

        def call() -> None:
            with friend.acting():
                act(caller=friend.caller, secret=secret_of(gift.id))

        return call

    return prepare


def _behind(call: Callable[[Gift], object]) -> Callable[[Till], Call]:
    """Take money back, and look whether the call takes the taker's tokens back."""

    def prepare(till: Till) -> Call:
        gift = till.taken()
        Payment.objects.filter(gifts__isnull=False).update(clawed_tokens=5)
        return partial(call, gift)

    return prepare


def _deliver_after_commit(gift: Gift) -> None:
    with serialized():
        gifted_packs.deliver_after_commit(gift)


def _in_system(call: Callable[[], object]) -> Callable[[Gift], None]:
    def run(_: Gift) -> None:
        with tenancy.system():
            call()

    return run


def _follow_price_change(call: Call) -> Callable[[Till], Call]:
    def prepare(till: Till) -> Call:
        till.billed_dearer()
        return call

    return prepare


def _withdraw_price_change(till: Till) -> Call:
    till.dearer()
    return partial(follow.withdraw_price_change, reason="a test")


MONEY: dict[str, Callable[[Till], Call]] = {
    "overage.allotment.resize_overage": _fit,
    "packs.checkouts.apply_checkout": _apply_checkout,
    "packs.checkouts.confirm_order": lambda t: partial(checkouts.confirm_order, t.visit().id),
    "subscriptions.changes.confirm_subscription": lambda t: partial(
        changes.confirm_subscription, t.visit_for_a_plan().id
    ),
    "closing.cancel_at_stripe": _cancel_at_stripe,
    "closing.stop_buying": _stop_buying,
    "stripe.customers.apply_customer": _apply_customer,
    "stripe.customers.ensure_customer": lambda t: customers.ensure_customer,
    "stripe.customers.refresh_card": _refresh_card,
    "subscriptions.sync.apply_subscription": _apply_subscription,
    "subscriptions.sync.schedule": _schedule,
    "subscriptions.sync.sync_subscription": _sync_subscription,
    "gifts.gifted_packs.accept_link": _by_link(gifted_packs.accept_link, of_the_taker=True),
    "gifts.gifted_packs.decline_link": _by_link(gifted_packs.decline_link, of_the_taker=False),
    "gifts.gifted_packs.deliver": _behind(gifted_packs.deliver),
    "gifts.gifted_packs.deliver_after_commit": _behind(_deliver_after_commit),
    "gifts.gifted_packs.deliver_undelivered": _behind(_in_system(gifted_packs.deliver_undelivered)),
    "gifts.endings.accept": lambda t: partial(endings.accept, **t.me, gift_id=t.gift().id),
    "gifts.endings.decline": lambda t: partial(endings.decline, **t.me, gift_id=t.gift().id),
    "gifts.endings.end": lambda t: locked(partial(endings.end, t.gift(), GiftStatus.WITHDRAWN)),
    "gifts.endings.expire": _late(endings.expire, days=-1),
    "gifts.endings.hand_over": _hand_over,
    "gifts.endings.remind": _late(endings.remind, hours=1),
    "gifts.endings.withdraw": lambda t: partial(endings.withdraw, **t.me, gift_id=t.quota_gift().id),
    "gifts.endings.withdraw_offer": lambda t: partial(endings.withdraw_offer, gift_id=t.gift().id, reason="a test"),
    "gifts.offers.give_pack": _give_pack,
    "gifts.offers.offer_quota": _offer_quota,
    "gifts.offers.offer_tokens": lambda t: t.gift,
    "gifts.offers.order_gift": _order_gift,
    "overage.agreements.agree_overage": _agree_overage,
    "overage.agreements.end_overage": _end_overage,
    "overage.agreements.wind_up": _wind_up,
    "overage.uses.collect": _used(uses.collect),
    "overage.uses.report": _used(uses.report),
    "subscriptions.reminders.remind": _renewal_ahead(reminders.remind),
    "subscriptions.reminders.remind_all": _renewal_ahead(reminders.remind_all),
    "subscriptions.reminders.report_retry": _report_retry,
    "subscriptions.overdue.end_unbegun": _end_unbegun,
    "subscriptions.overdue.end_unpaid": _end_unpaid,
    "subscriptions.overdue.use_default_method": _use_default_method,
    "subscriptions.overdue.fix_payment": _fix_payment,
    "subscriptions.overdue.pay_open_invoices": _pay_open_invoices,
    "subscriptions.overdue.pay_with_new_card": _pay_with_new_card,
    "subscriptions.overdue.void_bills_of_ended": _void_bills_of_ended,
    "packs.orders.buy_pack": _buy_pack,
    "packs.orders.expire": lambda t: locked(partial(orders.expire, t.order().id)),
    "packs.orders.order_for_topup": _order_for_topup,
    "packs.orders.pay": _pay,
    "packs.orders.place_order": _place_order,
    "packs.orders.settle": _settle,
    "packs.orders.settle_unknown": _settle_unknown,
    "packs.orders.top_up": _top_up,
    "payments.fulfilment.apply_payment": _apply_payment,
    "payments.fulfilment.apply_sale": _apply_sale,
    "packs.orders.await_money": lambda t: locked(partial(orders.await_money, t.order().id)),
    "packs.orders.bounce": lambda t: locked(partial(orders.bounce, t.order().id, "a test")),
    "payments.refunds.refund": lambda t: partial(refunds.refund, payment_id=t.payment().id, reason="a test"),
    "subscriptions.price_changes.follow_price_change": _follow_price_change(follow.follow_price_change),
    "subscriptions.price_changes.follow_price_changes": _follow_price_change(follow.follow_price_changes),
    "subscriptions.price_changes.withdraw_price_change": _withdraw_price_change,
    "subscriptions.changes.cancel": _cancel,
    "subscriptions.changes.change_plan": _change_plan,
    "subscriptions.pausing.pause": _pause,
    "subscriptions.pausing.resume": _resume,
    "subscriptions.changes.undo_scheduled_change": _undo_scheduled_change,
    "subscriptions.changes.subscribe": lambda t: partial(changes.subscribe, **t.me, plan_key="pro"),
    "packs.topup.declined": _about_topup(topup.declined),
    "packs.topup.set_topup": lambda t: t.topping_up,
    "packs.topup.stop": _stop,
    "packs.topup.stop_after_warning": _stop_after_warning,
    "overage.allotment.resize_after_sync": _resize_after_sync,
    "payments.refunds.reverse": _reverse,
    "packs.topup.succeeded": _about_topup(topup.succeeded),
}
