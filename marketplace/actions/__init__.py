"""What people, jobs and staff can do with money. Import the verbs from here."""

from marketplace.actions.checkouts import confirm_order, confirm_subscription
from marketplace.actions.closing import cancel_at_stripe, stop_buying
from marketplace.actions.customers import NotPayer, ensure_customer, open_portal, refresh_card, require_payer
from marketplace.actions.forgetting import forget_contact, forget_organization, forget_person
from marketplace.actions.gifted_packs import accept_link, decline_link
from marketplace.actions.gifts import (
    GiftEnded,
    NotGiver,
    NotYours,
    accept,
    decline,
    require_giver,
    withdraw,
    withdraw_offer,
)
from marketplace.actions.giving import GiftCap, give_pack, offer_quota, offer_tokens
from marketplace.actions.overage import agree_overage, end_overage
from marketplace.actions.overdue import PaymentFix, fix_payment
from marketplace.actions.packs import buy_pack, pay, place_order
from marketplace.actions.payments import OrderUnknown, WrongAmount, refund
from marketplace.actions.subscriptions import (
    PlanChangeResult,
    Preview,
    cancel,
    change_plan,
    preview,
    subscribe,
    undo_scheduled_change,
)
from marketplace.actions.topup import set_topup

__all__ = [
    "GiftCap",
    "GiftEnded",
    "NotGiver",
    "NotPayer",
    "NotYours",
    "OrderUnknown",
    "PaymentFix",
    "PlanChangeResult",
    "Preview",
    "WrongAmount",
    "accept",
    "accept_link",
    "agree_overage",
    "buy_pack",
    "cancel",
    "cancel_at_stripe",
    "change_plan",
    "confirm_order",
    "confirm_subscription",
    "decline",
    "decline_link",
    "end_overage",
    "ensure_customer",
    "fix_payment",
    "forget_contact",
    "forget_organization",
    "forget_person",
    "give_pack",
    "offer_quota",
    "offer_tokens",
    "open_portal",
    "pay",
    "place_order",
    "preview",
    "refresh_card",
    "refund",
    "require_giver",
    "require_payer",
    "set_topup",
    "stop_buying",
    "subscribe",
    "undo_scheduled_change",
    "withdraw",
    "withdraw_offer",
]
