"""What to do for each kind of event about money that people are notified of, on the sandbox.

A kind stands beside the row of `tests.fake_stripe.audited` that records it, or beside what else does.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

from fake_stripe.engine import cards, checkout, payments
from marketplace import closing
from marketplace.models import Customer
from marketplace.overage import uses
from marketplace.packs import orders
from marketplace.subscriptions import changes, reminders
from plans.agreements import price_changes
from plans.price_book import AgreedTerms
from saas.kernel.clock import database_now
from saas.kernel.ids import uuid7
from saas.team.actions import organizations
from tests.fake_stripe.audited import MONEY, Call, Till
from tests.fake_stripe.shop import deliver

Scene = Callable[[Till], Call]


def _subscribed(till: Till) -> Call:
    return till.on


def _upgraded(till: Till) -> Call:
    change = MONEY["subscriptions.changes.change_plan"](till)

    def upgrade() -> None:
        change()
        deliver(till.shop)

    return upgrade


def _confirmation_needed(till: Till) -> Call:
    till.on()
    card = Customer.objects.get().payment_method_id
    till.shop.act("payment_method", card, cards.set_behaviour, behaviour="authentication")

    def renew() -> None:
        till.shop.wait(days=31)
        deliver(till.shop)

    return renew


def _card_expiring(till: Till) -> Call:
    till.on()
    ends = database_now() + timedelta(days=1)
    Customer.objects.update(card_expires=f"{ends.month:02}/{ends.year}")
    return reminders.remind


def _disputed(*, closed: bool, won: bool = False) -> Scene:
    def scene(till: Till) -> Call:
        charge = till.payment().charge_id

        def dispute() -> None:
            opened = till.shop.act("charge", charge, payments.open_dispute)
            deliver(till.shop)
            if closed:
                till.shop.act("dispute", opened["id"], payments.close_dispute, won=won)
                deliver(till.shop)

        return dispute

    return scene


def _paid_after_closing(till: Till) -> Call:
    till.on()
    order = orders.buy_pack(**till.me, pack_key="pack_500", new_card=True)
    till.shop.act("checkout.session", order.checkout_session_id, checkout.pay_by_bank, succeeds=True)
    deliver(till.shop)
    closing.cancel_at_stripe()
    organizations.shut_organization(reason="a test")

    def arrive() -> None:
        till.shop.wait(days=4)
        deliver(till.shop)

    return arrive


def _agreed(till: Till, used: int) -> None:
    till.with_overage(used=used)
    uses.report()


def _overage_stopped(till: Till) -> Call:
    _agreed(till, 8)
    changes.change_plan(**till.me, plan_key="pro")

    def renew() -> None:
        till.shop.wait(days=32)
        deliver(till.shop)

    return renew


def _overage_absorbed(till: Till) -> Call:
    till.with_overage(used=8)
    changes.cancel(**till.me)
    till.shop.wait(days=32)
    deliver(till.shop)
    return uses.report


def _overage_drifted(till: Till) -> Call:
    _agreed(till, 7)
    payload = {"stripe_customer_id": Customer.objects.get().customer_id, "value": "5"}
    till.shop.v1.billing.meter_events.create(
        {"event_name": "milepost_overage_tokens", "identifier": str(uuid7()), "payload": payload}
    )
    till.shop.wait(hours=2)
    return uses.compare


def _price_announced(till: Till) -> Call:
    till.on()
    terms = AgreedTerms("pro", 1, Decimal(176), 300)
    return partial(price_changes.announce, terms=terms, reason="a test")


def _price_withdrawn(till: Till) -> Call:
    till.dearer()
    return partial(price_changes.withdraw, reason="a test")


WORDED: dict[str, Scene] = {
    "purchase.paid": MONEY["packs.orders.buy_pack"],
    "purchase.bounced": MONEY["packs.orders.bounce"],
    "payment.received": _subscribed,
    "payment.confirmation_needed": _confirmation_needed,
    "payment.refunded": MONEY["payments.fulfilment.apply_payment"],
    "payment.disputed": _disputed(closed=False),
    "payment.reinstated": _disputed(closed=True, won=True),
    "payment.lost": _disputed(closed=True, won=False),
    "payment.after_closing": _paid_after_closing,
    "subscription.begun": _subscribed,
    "subscription.upgraded": _upgraded,
    "subscription.scheduled": MONEY["subscriptions.changes.cancel"],
    "subscription.kept": MONEY["subscriptions.changes.undo_scheduled_change"],
    "payment.retry_failed": MONEY["subscriptions.reminders.report_retry"],
    "renewal.coming": MONEY["subscriptions.reminders.remind"],
    "card.expiring": _card_expiring,
    "subscription.not_begun": MONEY["subscriptions.overdue.end_unbegun"],
    "subscription.ended": MONEY["subscriptions.overdue.end_unpaid"],
    "subscription.bills_voided": MONEY["subscriptions.overdue.end_unpaid"],
    "price.change_announced": _price_announced,
    "price.change_withdrawn": _price_withdrawn,
    "price.changed": MONEY["subscriptions.price_changes.follow_price_change"],
    "topup.declined": MONEY["packs.topup.declined"],
    "topup.stopped": MONEY["packs.topup.stop"],
    "gift.offered": MONEY["gifts.offers.offer_tokens"],
    "gift.expiring": MONEY["gifts.endings.remind"],
    "gift.accepted": MONEY["gifts.endings.accept"],
    "gift.received": MONEY["gifts.gifted_packs.accept_link"],
    "gift.declined": MONEY["gifts.endings.decline"],
    "gift.expired": MONEY["gifts.endings.expire"],
    "overage.stopped": _overage_stopped,
    "overage.absorbed": _overage_absorbed,
    "overage.drifted": _overage_drifted,
}
