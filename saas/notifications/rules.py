"""Who is notified of which events, where a notification leads, and what people can choose. Pure."""

from dataclasses import dataclass
from enum import Enum


class Audience(Enum):
    """Who is notified: those who pay for the organization, its owners and admins, everybody in it, or staff.

    An event may concern one person, whom its data names as `for_user`; where it names nobody, the owners and admins.
    """

    OWNERS = "owners"
    MANAGERS = "managers"
    MEMBERS = "members"
    CONCERNED = "concerned"
    STAFF = "staff"


class Topic(Enum):
    """What people can choose to be notified of, in the application and by mail."""

    PAYMENTS = "payments"
    SECURITY = "security"
    TOKENS = "tokens"
    TEAM = "team"
    GOALS = "goals"
    STEPS = "steps"
    PACE = "pace"
    MONTHS = "months"
    RENEWALS = "renewals"
    STAFF = "staff"


ALWAYS = frozenset({Topic.PAYMENTS, Topic.SECURITY, Topic.STAFF})
"""What nobody can switch off."""

OF_MONEY = frozenset({Topic.PAYMENTS, Topic.RENEWALS})
"""What is about money: in the sandbox its mails say that none moves."""

_TOPICS = {
    "balance": Topic.TOKENS,
    "quota": Topic.TOKENS,
    "member": Topic.TEAM,
    "request": Topic.TEAM,
    "gift": Topic.TOKENS,
    "trial": Topic.TOKENS,
    "license": Topic.PAYMENTS,
    "goal": Topic.GOALS,
    "step": Topic.STEPS,
    "goals": Topic.PACE,
    "month": Topic.MONTHS,
    "renewal": Topic.RENEWALS,
}


@dataclass(frozen=True)
class NotificationRule:
    """Who is notified of an event, and the page that the notification leads to; `about_money` cannot be turned off."""

    audience: Audience
    path: str
    about_money: bool = False


RULES: dict[str, NotificationRule] = {
    "license.payment_failed": NotificationRule(Audience.MANAGERS, "/billing", about_money=True),
    "license.stage_coming": NotificationRule(Audience.MANAGERS, "/billing", about_money=True),
    "license.changed": NotificationRule(Audience.MANAGERS, "/billing", about_money=True),
    "license.payment_succeeded": NotificationRule(Audience.MANAGERS, "/", about_money=True),
    "license.paused": NotificationRule(Audience.MANAGERS, "/billing", about_money=True),
    "license.resumed": NotificationRule(Audience.MANAGERS, "/", about_money=True),
    "purchase.paid": NotificationRule(Audience.OWNERS, "/purchases", about_money=True),
    "purchase.bounced": NotificationRule(Audience.OWNERS, "/packs", about_money=True),
    "payment.received": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "payment.confirmation_needed": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "payment.retry_failed": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "card.expiring": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "renewal.coming": NotificationRule(Audience.OWNERS, "/billing"),
    "payment.refunded": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "payment.disputed": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "payment.lost": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "payment.reinstated": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "subscription.begun": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "subscription.upgraded": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "subscription.scheduled": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "subscription.kept": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "subscription.not_begun": NotificationRule(Audience.OWNERS, "/plans", about_money=True),
    "subscription.ended": NotificationRule(Audience.OWNERS, "/plans", about_money=True),
    "price.change_announced": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "price.change_withdrawn": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "price.changed": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "trial.begun": NotificationRule(Audience.OWNERS, "/"),
    "trial.ending": NotificationRule(Audience.OWNERS, "/plans", about_money=True),
    "trial.ended": NotificationRule(Audience.OWNERS, "/plans", about_money=True),
    "topup.declined": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "topup.stopped": NotificationRule(Audience.OWNERS, "/billing", about_money=True),
    "balance.low": NotificationRule(Audience.MANAGERS, "/packs"),
    "balance.used_up": NotificationRule(Audience.MANAGERS, "/packs"),
    "balance.running_out": NotificationRule(Audience.MANAGERS, "/packs"),
    "quota.reached": NotificationRule(Audience.MANAGERS, "/team"),
    "gift.offered": NotificationRule(Audience.CONCERNED, "/gifts"),
    "gift.expiring": NotificationRule(Audience.CONCERNED, "/gifts"),
    "gift.accepted": NotificationRule(Audience.MANAGERS, "/gifts"),
    "gift.received": NotificationRule(Audience.MANAGERS, "/gifts"),
    "gift.declined": NotificationRule(Audience.MANAGERS, "/gifts"),
    "gift.expired": NotificationRule(Audience.MANAGERS, "/gifts"),
    "request.made": NotificationRule(Audience.MANAGERS, "/team"),
    "request.approved": NotificationRule(Audience.CONCERNED, "/team"),
    "request.declined": NotificationRule(Audience.CONCERNED, "/team"),
    "goal.reached": NotificationRule(Audience.MEMBERS, "/goals?show=reached"),
    "step.due": NotificationRule(Audience.CONCERNED, "/"),
    "goals.behind": NotificationRule(Audience.MEMBERS, "/goals"),
    "month.ended": NotificationRule(Audience.MEMBERS, "/reports"),
    "organization.exported": NotificationRule(Audience.MANAGERS, "/settings"),
    "organization.closed": NotificationRule(Audience.MANAGERS, "/closed"),
    "organization.reopened": NotificationRule(Audience.MANAGERS, "/"),
    "payment.after_closing": NotificationRule(Audience.STAFF, "/admin/marketplace/payment/"),
    "payment.bought_nothing": NotificationRule(Audience.STAFF, "/admin/marketplace/payment/"),
    "subscription.unknown_price": NotificationRule(Audience.STAFF, "/admin/marketplace/stripesubscription/"),
    "subscription.months_moved": NotificationRule(Audience.STAFF, "/admin/marketplace/stripesubscription/"),
    "subscription.quantity_changed": NotificationRule(Audience.STAFF, "/admin/marketplace/stripesubscription/"),
    "customer.deleted": NotificationRule(Audience.STAFF, "/admin/marketplace/customer/"),
    "subscription.held_back": NotificationRule(Audience.STAFF, "/admin/marketplace/stripesubscription/"),
    "subscription.bills_voided": NotificationRule(Audience.STAFF, "/admin/marketplace/stripesubscription/"),
    "webhook.parked": NotificationRule(Audience.STAFF, "/admin/marketplace/stripeevent/?status__exact=parked"),
    "member.joined": NotificationRule(Audience.MANAGERS, "/team"),
    "webhook_endpoint.given_up": NotificationRule(Audience.MANAGERS, "/settings/webhooks"),
    "overage.stopped": NotificationRule(Audience.MANAGERS, "/billing"),
    "overage.absorbed": NotificationRule(Audience.STAFF, "/admin/marketplace/overageuse/"),
    "overage.drifted": NotificationRule(Audience.STAFF, "/admin/marketplace/overage/"),
    "block.started": NotificationRule(Audience.STAFF, "/admin/abuse/block/"),
    "flag.raised": NotificationRule(Audience.STAFF, "/admin/abuse/flag/"),
    "job.item_set_aside": NotificationRule(Audience.STAFF, "/admin/kernel/setasideitem/"),
    "margin.below_target": NotificationRule(Audience.STAFF, "/admin/plans/margincheck/"),
}


def topic_of(kind: str) -> Topic:
    """Return what notifications of this kind are about."""
    rule = RULES[kind]
    if rule.audience is Audience.STAFF:
        return Topic.STAFF
    return Topic.PAYMENTS if rule.about_money else _TOPICS.get(kind.partition(".")[0], Topic.SECURITY)
