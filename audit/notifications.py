"""Who is notified of which events, and in which words: the table, and the texts made from it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo


class Audience(Enum):
    """Who is told: those who pay for the organization, its owners and admins, staff, or whom the event concerns.

    An event concerns the person that its data names as `for_user`; where it names nobody, the owners and admins.
    """

    OWNERS = "owners"
    MANAGERS = "managers"
    CONCERNED = "concerned"
    STAFF = "staff"


class Topic(Enum):
    """What people can choose to be told about, in the application and by mail."""

    PAYMENTS = "payments"
    SECURITY = "security"
    TOKENS = "tokens"
    TEAM = "team"
    STAFF = "staff"


ALWAYS = frozenset({Topic.PAYMENTS, Topic.SECURITY, Topic.STAFF})
"""What nobody can switch off."""

_TOPICS = {
    "balance": Topic.TOKENS,
    "quota": Topic.TOKENS,
    "member": Topic.TEAM,
    "request": Topic.TEAM,
    "gift": Topic.TOKENS,
    "license": Topic.PAYMENTS,
}


@dataclass(frozen=True)
class NotificationTemplate:
    """The words of a notification. `title` and `body` are filled with the event's data; see `_context`."""

    audience: Audience
    title: str
    body: str
    path: str
    about_money: bool = False


def _money(title: str, body: str, path: str = "/billing") -> NotificationTemplate:
    """Return a template about the organization's money, for its owners."""
    return NotificationTemplate(Audience.OWNERS, title, body, path, about_money=True)


SANDBOX_NOTICE = "SANDBOX - no money moves"
"""Stands on every page, receipt and mail about money in the sandbox."""

NOTIFICATION_TEMPLATES: dict[str, NotificationTemplate] = {
    "license.payment_failed": NotificationTemplate(
        Audience.MANAGERS,
        "A payment for {organization} failed",
        "The renewal of {organization} could not be charged on {past_due_at}. AI operations are off from now on."
        " What they had reserved is back on your balance, and nothing that you made is lost.\n\n"
        "If the payment is not made, this comes next:\n{stages}\n\n"
        "Update the payment and everything is back at once. Purchased and gifted tokens wait for you.",
        "/billing",
        about_money=True,
    ),
    "license.stage_coming": NotificationTemplate(
        Audience.MANAGERS,
        "{organization}: a payment is overdue, the next step comes on {starts_on}",
        "The payment for {organization} is still overdue. From {starts_at} on, {state_off}.\n\n"
        "Update the payment before, and this does not happen.",
        "/billing",
        about_money=True,
    ),
    "license.changed": NotificationTemplate(
        Audience.MANAGERS,
        "{organization}: {state_off}",
        "The payment for {organization} is overdue: since {starts_at}, {state_off}.{next}\n\n"
        "Logging in, paying and exporting your data always work. Update the payment and everything is back at once.",
        "/billing",
        about_money=True,
    ),
    "license.payment_succeeded": NotificationTemplate(
        Audience.MANAGERS,
        "{organization} is paid, everything is on",
        "The payment for {organization} arrived. AI, sync and reports are on, and all your tokens can be used again."
        " Thank you.",
        "/",
        about_money=True,
    ),
    "purchase.paid": _money(
        "Receipt: {what}, {amount}",
        "{organization} bought {what} for {amount}{by}. {brought}\n\nReceipt: {receipt_url}",
        "/purchases",
    ),
    "purchase.bounced": _money(
        "{what}: the payment did not arrive",
        "{amount} for {what} were on their way and did not arrive. Nothing was charged, and no tokens were added."
        " Order again to pay in another way.",
        "/packs",
    ),
    "payment.received": _money(
        "Receipt: {what}, {amount}",
        "The payment of {amount} for {what} arrived. Thank you.\n\nReceipt: {receipt_url}\nBill: {bill_url}",
    ),
    "payment.confirmation_needed": _money(
        "Your bank wants you to confirm the payment for {what}",
        "The payment of {organization} for {what} waits until you confirm it with your bank:\n\n{bill_url}",
    ),
    "payment.refunded": _money(
        "{given_back} given back",
        "Of the payment of {amount} for {what}, {given_back} are given back in all. {clawed_tokens} of its tokens are"
        " taken back{from_whom}; what was spent of them already is a debt that {whose} next tokens repay.",
    ),
    "payment.disputed": _money(
        "The payment of {amount} is disputed",
        "A bank was asked to take the payment of {amount} for {what} back. Until this is decided its tokens are"
        " frozen: they stay visible and cannot be spent. Auto top-up is off. If nobody of"
        " {organization} asked for it, tell us.",
    ),
    "payment.lost": _money(
        "The disputed payment of {amount} was taken back",
        "The bank took {given_back} for {what} back, and {clawed_tokens} tokens with it{from_whom}; what was spent of"
        " them already is a debt that {whose} next tokens repay.",
    ),
    "payment.reinstated": _money(
        "The tokens of {what} are yours again",
        "The payment of {amount} for {what} stands again, and its tokens can be spent. In all {given_back} of it are"
        " given back.",
    ),
    "subscription.begun": _money(
        "{organization} is on {what}",
        "{what} has begun: {tokens} tokens a month for {amount}. The next bill comes on {next_bill_at}.",
    ),
    "subscription.upgraded": _money(
        "{organization} is on {what} now",
        "The change to {what} is paid and holds from now on. It brings {tokens} tokens for the rest of this month.",
    ),
    "subscription.scheduled": _money(
        "{what} ends on {ends_on}",
        "{organization} changes from {what} to {later} at {ends_at}. Until then everything stays as it is, and you can"
        " take the change back.",
    ),
    "subscription.kept": _money("{what} goes on", "The planned change was taken back: {organization} stays on {what}."),
    "subscription.ended": _money(
        "{what} has ended",
        "{organization} is on the free plan. Goals and quests stay, and bought tokens stay yours.",
        "/plans",
    ),
    "topup.declined": _money(
        "Auto top-up: your card was declined",
        "{what} for {amount} could not be bought automatically. We try again later, a few times. Change the card,"
        " or buy a pack yourself.",
    ),
    "topup.stopped": _money(
        "Auto top-up has stopped", "{why} Nothing is bought automatically until you turn it on again."
    ),
    "balance.low": NotificationTemplate(
        Audience.MANAGERS,
        "{left} tokens are left at {organization}",
        "Of {of} tokens, {left} are left: {percent} % or less. Held tokens are among them.\n\n"
        "A pack brings more at once, and works beyond the month.",
        "/packs",
    ),
    "balance.used_up": NotificationTemplate(
        Audience.MANAGERS,
        "The tokens of {organization} are used up",
        "AI operations wait for tokens from now on. Everything else works as before.\n\n"
        "A pack brings more at once, and works beyond the month.",
        "/packs",
    ),
    "balance.running_out": NotificationTemplate(
        Audience.MANAGERS,
        "The tokens of {organization} could run out within three days",
        "{left} tokens are left. At the pace of the last days they could run out as early as {soonest_on}, more likely"
        " about {likely_on}.\n\n"
        "A pack brings more at once; the dashboard says what drives the pace.",
        "/packs",
    ),
    "quota.reached": NotificationTemplate(
        Audience.MANAGERS,
        "A quota of {limit} tokens is reached at {organization}",
        "An operation of {user} was refused: the quota of this {scope}, {limit} tokens a period, did not have room"
        " for it. Raise it, or let it be until the next period.",
        "/team",
    ),
    "gift.offered": NotificationTemplate(
        Audience.CONCERNED,
        "{from} gives {tokens} tokens to {to}",
        "{from} gives {tokens} tokens to {to}. The gift can be accepted or declined until {expires_at}.{words}",
        "/gifts",
    ),
    "gift.expiring": NotificationTemplate(
        Audience.CONCERNED,
        "A gift of {tokens} tokens expires on {expires_on}",
        "{from} gave {tokens} tokens to {to}, and nobody has accepted them yet."
        " The gift can be accepted or declined until {expires_at}.{words}",
        "/gifts",
    ),
    "gift.accepted": NotificationTemplate(
        Audience.MANAGERS,
        "{to} accepted {tokens} tokens",
        "The gift of {tokens} tokens from {from} to {to} was accepted.",
        "/gifts",
    ),
    "gift.received": NotificationTemplate(
        Audience.MANAGERS,
        "{tokens} tokens from {from} are here",
        "{to} accepted the gift of {tokens} tokens from {from}. They do not expire.{words}",
        "/gifts",
    ),
    "gift.declined": NotificationTemplate(
        Audience.MANAGERS,
        "{to} declined {tokens} tokens",
        "The gift of {tokens} tokens from {from} to {to} was declined.{back}",
        "/gifts",
    ),
    "gift.expired": NotificationTemplate(
        Audience.MANAGERS,
        "A gift of {tokens} tokens has expired",
        "Nobody accepted the gift of {tokens} tokens from {from} to {to} in time.{back}",
        "/gifts",
    ),
    "request.made": NotificationTemplate(
        Audience.MANAGERS,
        "{user} asks for {tokens} tokens more",
        "{user} would like the quota of this {scope} raised by {tokens} tokens.\n\n{note}",
        "/team",
    ),
    "request.approved": NotificationTemplate(
        Audience.CONCERNED,
        "You have {tokens} tokens more",
        "Your request was approved: the quota is raised by {tokens} tokens.",
        "/team",
    ),
    "request.declined": NotificationTemplate(
        Audience.CONCERNED,
        "Your request for {tokens} tokens was declined",
        "The quota stays as it is. Whoever answered may have left a note on the team's page.",
        "/team",
    ),
    "organization.exported": NotificationTemplate(
        Audience.MANAGERS,
        "All data of {organization} was exported",
        "{user} took everything out that {organization} has here: people, goals, ledger and audit log, in one file."
        " If you do not know why, ask them, and change what you must.",
        "/settings",
    ),
    "organization.closed": NotificationTemplate(
        Audience.MANAGERS,
        "{organization} is closed",
        "{organization} was closed by one of its owners. Its subscription has ended and nothing is charged any more."
        " API keys and webhooks are off, nobody works in it, and its {tokens} tokens cannot be spent.\n\n"
        "Owners and admins can still log in and take everything out. If it was closed by mistake, write to us.",
        "/closed",
    ),
    "organization.reopened": NotificationTemplate(
        Audience.MANAGERS,
        "{organization} is open again",
        "We reopened {organization}, on the free plan. API keys stay revoked and webhooks off: make new keys and"
        " switch on what you need.",
        "/",
    ),
    "payment.after_closing": NotificationTemplate(
        Audience.STAFF,
        "{amount} came for {organization}, which is closed",
        "A payment of {amount} for {what} arrived after {organization} was closed. It brought nothing and waits to be"
        " given back: {payment}.",
        "/admin/marketplace/payment/",
    ),
    "payment.bought_nothing": NotificationTemplate(
        Audience.STAFF,
        "{amount} came for {organization}, whose subscription has ended",
        "A payment of {amount} for {what} arrived after the subscription of {organization} had ended. It bought"
        " nothing. Refund it in the list of payments: {payment}.",
        "/admin/marketplace/payment/",
    ),
    "subscription.unknown_price": NotificationTemplate(
        Audience.STAFF,
        "{organization}: a subscription has a price that names no plan",
        "The subscription {subscription} of {organization} now has the price {price}, which names no plan. It is"
        " followed as {plan}, the last known one. Give the price the metadata `plan` at Stripe, or put the old price"
        " back.",
        "/admin/marketplace/paidsubscription/",
    ),
    "subscription.bills_voided": NotificationTemplate(
        Audience.STAFF,
        "{organization}: unpaid bills were voided",
        "Open bills of the subscription {subscription} of {organization} were voided: {bills}. Nobody can pay them any"
        " more, and nothing is owed for them.",
        "/admin/marketplace/paidsubscription/",
    ),
    "webhook.parked": NotificationTemplate(
        Audience.STAFF,
        "An event of Stripe failed too often: {type}",
        "The event {event} ({type}) could not be handled and waits for you. Look at its error, mend the cause, and have"
        " it handled again.",
        "/admin/marketplace/stripeevent/?status__exact=parked",
    ),
    "member.joined": NotificationTemplate(
        Audience.MANAGERS,
        "{user} joined {organization}",
        "{user} accepted the invitation to {organization}, with the role {role}.",
        "/team",
    ),
    "webhook_endpoint.given_up": NotificationTemplate(
        Audience.MANAGERS,
        "{organization}: the webhook endpoint at {host} is switched off",
        "Milepost no longer sends events to the webhook endpoint at {host}. {because}.\n\n"
        "Nothing is lost: mend the receiver, send a test, switch the endpoint on, and let everything since then be"
        " sent again. The log goes back 30 days.",
        "/settings/webhooks",
    ),
    "overage.stopped": NotificationTemplate(
        Audience.MANAGERS,
        "{organization}: overage is off",
        "{why} No tokens are sold beyond those of your plan and packs. What was used is still billed.\n\n"
        "An owner can turn overage on again.",
        "/billing",
    ),
    "overage.absorbed": NotificationTemplate(
        Audience.STAFF,
        "{tokens} overage tokens of {organization} are not billed",
        "They were used, but {why}. The cost is ours. The ledger's line is {entry}.",
        "/admin/marketplace/overageuse/",
    ),
    "overage.drifted": NotificationTemplate(
        Audience.STAFF,
        "Overage of {organization}: Stripe and the ledger differ by {tokens} tokens",
        "From {since_at} to {until_at} Stripe counted {counted} tokens, the ledger {expected}."
        " A difference of 0 means that they agree again.",
        "/admin/marketplace/overage/",
    ),
    "block.started": NotificationTemplate(
        Audience.STAFF,
        "AI requests of {user} are paused ({organization})",
        "Too many failed attempts, the last one refused by the rule {rule}. The pause ends on {ends_at}."
        " Look at it in the queue: seen, cleared or kept, with a note.",
        "/admin/abuse/block/",
    ),
    "flag.raised": NotificationTemplate(
        Audience.STAFF,
        "{tokens} tokens in an hour: {organization}",
        "{user} brought the last hour to {tokens} tokens (rule {rule}, limit {limit}). Nothing was refused."
        " Look at it in the queue: seen, cleared or kept, with a note.",
        "/admin/abuse/flag/",
    ),
    "job.item_set_aside": NotificationTemplate(
        Audience.STAFF,
        "{items} set aside by {job}",
        "The job {job} could not work {items} of its items: {errors}. The first is {first}. Everything else went on."
        " Mend the cause, then repeat them; each is tried again by itself too, every hour at the latest.",
        "/admin/kernel/setasideitem/",
    ),
    "margin.below_target": NotificationTemplate(
        Audience.STAFF,
        "{month} earned {margin} by rule and {margin_measured} measured: not above 90 %",
        "In {month}, ${revenue} of {mode} money were paid and not given back. AI cost ${cost_by_rule} by rule, for"
        " {tokens} tokens, and ${cost_measured} as measured. The target is a margin above 90 %.",
        "/admin/plans/margincheck/",
    ),
}


def topic_of(kind: str) -> Topic:
    """Return what notifications of this kind are about."""
    template = NOTIFICATION_TEMPLATES[kind]
    if template.audience is Audience.STAFF:
        return Topic.STAFF
    return Topic.PAYMENTS if template.about_money else _TOPICS.get(kind.partition(".")[0], Topic.SECURITY)


_OFF = {
    "grace": "AI is off, sync and reports are on",
    "offline": "sync is off and the app works offline only",
    "suspended": "reports are off too",
}


@dataclass(frozen=True)
class Text:
    """A notification in words."""

    title: str
    body: str


def text(*, kind: str, data: Mapping[str, Any], organization: str, timezone: str, user: str) -> Text:
    """Return what people read about an event, with times in the organization's zone."""
    template = NOTIFICATION_TEMPLATES[kind]
    values = {**_context(data, timezone), "organization": organization, "user": user}
    title = " ".join(template.title.format(**values).split())
    return Text(title[:200], template.body.format(**values))


def _context(data: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """Return the event's data as the texts need it: instants as local time, stages as lines."""
    zone = ZoneInfo(timezone)
    context = {key: _instant(value, zone) if key.endswith("_at") else value for key, value in data.items()}
    if "starts_at" in data:
        context["starts_on"] = _day(_local(data["starts_at"], zone))
    if "ends_at" in data:
        context["ends_on"] = _day(_local(data["ends_at"], zone))
    if "runs_out_at" in data:
        context["likely_on"] = _day(_local(data["runs_out_at"], zone))
        context["soonest_on"] = _day(_local(data.get("soonest_at", data["runs_out_at"]), zone))
    context |= {name: _amount(data[name], data["currency"]) for name in ("amount", "given_back") if name in data}
    context["by"] = " by auto top-up" if data.get("origin") == "topup" else ""
    if gift_to := data.get("gift_to"):
        context |= {
            "brought": f"It is offered to {gift_to} as your gift.",
            "from_whom": " from who took it",
            "whose": "their",
        }
    else:
        brought = f"{data.get('tokens')} tokens were added to your balance."
        context |= {"brought": brought, "from_whom": "", "whose": "your"}
    if "state" in data:
        context["state_off"] = _OFF[data["state"]]
    if data.get("expires_at"):
        context["expires_on"] = _day(_local(data["expires_at"], zone))
    context["words"] = f"\n\n“{data['note']}”" if data.get("note") else ""
    context["back"] = (
        " The pack is yours now: its tokens are on your balance." if data.get("gift_kind") == "pack" else ""
    )
    context["stages"] = "\n".join(_stage(stage, zone) for stage in data.get("stages", [])[1:])
    following = data.get("next")
    context["next"] = (
        f" From {_instant(following['starts_at'], zone)} on, {_OFF[following['state']]}." if following else ""
    )
    return context


def _amount(amount: str, currency: str) -> str:
    """Return "$29.00", or "29.00 EUR"."""
    value = Decimal(amount)
    return f"${value:,.2f}" if currency == "usd" else f"{value:,.2f} {currency.upper()}"


def _stage(stage: Mapping[str, str], zone: ZoneInfo) -> str:
    return f"- from {_instant(stage['starts_at'], zone)} on, {_OFF[stage['state']]}"


def _instant(value: str, zone: ZoneInfo) -> str:
    local = _local(value, zone)
    return f"{_day(local)} {local:%Y, %H:%M} ({zone.key})"


def _day(local: datetime) -> str:
    return f"{local.day} {local:%B}"


def _local(value: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(value).astimezone(zone)
