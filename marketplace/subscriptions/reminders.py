"""Remind owners of a bill that comes, a card that expires, and an automatic attempt at an open bill that failed.

Note [Reminded once]
    A reminder is a row with its event in one commit; the row's key names what it is about, so that a job that is late,
    killed, doubled or run again tells nothing twice. What a mail says is read before, from Stripe where it is money.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from audit.actions import record
from marketplace.models import BillReminder, Customer, ReminderKind, StripeSubscription, TopUp
from marketplace.queries import live_subscription
from marketplace.stripe import gateway
from marketplace.stripe.gateway.snapshots import SubscriptionSnapshot
from marketplace.subscriptions.events import CardExpiring, PaymentRetryFailed, RenewalComing
from plans.agreements.queries import open_change
from plans.queries import current_book, entitlements
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now, midnight
from saas.kernel.items import for_each_organization

JOB = "remind_of_bills"
BEFORE, BEFORE_A_LONG_PERIOD = timedelta(days=7), timedelta(days=30)
"""How long before a renewal; where a period is longer than LONG, as for a year."""
LONG = timedelta(days=60)
BEFORE_EXPIRY = timedelta(days=31)
"""How long before the end of a card's last month."""


def remind_all() -> int:
    """Remind owners of the renewals and the ends of cards ahead; return how many reminders there were.

    Safe twice, late and in parallel. What was missed until it happened is not caught up with.
    """
    with tenancy.system():
        organizations = _with_renewal_ahead() | _with_card_to_expire()
    return sum(for_each_organization(JOB, organizations, remind))


def _with_renewal_ahead() -> set[UUID]:
    now, ends = Now() + F("organization__clock_offset"), F("period_ends_at")
    told = BillReminder.objects.filter(
        organization_id=OuterRef("organization_id"),
        kind=ReminderKind.RENEWAL,
        subject=OuterRef("subscription_id"),
        about_at=OuterRef("period_ends_at"),
    )
    long = Q(period_starts_at__lte=ends - LONG, period_ends_at__lte=now + BEFORE_A_LONG_PERIOD)
    due = _renewing().filter(period_ends_at__gt=now).filter(Q(period_ends_at__lte=now + BEFORE) | long)
    return set(due.exclude(Exists(told)).values_list("organization_id", flat=True))


def _renewing() -> QuerySet[StripeSubscription]:
    """Return the subscriptions that are paid for and go on."""
    live = StripeSubscription.objects.filter(ended_at=None, duplicate=False, cancels_at=None, past_due_at=None)
    live = live.filter(paused_at=None)  # nothing is billed then
    return live.exclude(plan_subscription_id=None)


def _with_card_to_expire() -> set[UUID]:
    """Return the organizations whose card expires this month or next; those with a clock of their own ask it."""
    now = database_now()
    months = {f"{day.month:02}/{day.year}" for day in (now, now + BEFORE_EXPIRY)}
    told = BillReminder.objects.filter(
        organization_id=OuterRef("organization_id"), kind=ReminderKind.CARD, subject=OuterRef("payment_method_id")
    )
    live = StripeSubscription.objects.filter(
        organization_id=OuterRef("organization_id"), ended_at=None, duplicate=False
    )
    topping_up = TopUp.objects.filter(organization_id=OuterRef("organization_id"), enabled=True)
    cards = Customer.objects.exclude(card_expires="").filter(Exists(live) | Exists(topping_up)).exclude(Exists(told))
    soon = Q(card_expires__in=months) | Q(organization__clock_offset__gt=timedelta(0))
    return set(cards.filter(soon).values_list("organization_id", flat=True))


def remind() -> int:
    """Remind the owners of the organization acted for; return how many reminders were made just now.

    Raises PaymentsUnavailable while the amount of a renewal cannot be asked for; the next run does.
    """
    return int(_remind_of_renewal()) + int(_remind_of_card())


def _remind_of_renewal() -> bool:
    live, now = live_subscription(), database_now()
    if live is None or not _renewing().filter(id=live.id, period_ends_at__gt=now).exists():
        return False
    is_long = live.period_ends_at - live.period_starts_at >= LONG
    if live.period_ends_at - now > (BEFORE_A_LONG_PERIOD if is_long else BEFORE):
        return False
    plan_key = live.scheduled_plan_key or live.plan_key
    amount = _amount(live)
    customer = Customer.objects.first()
    with serialized():
        if not _first_time(ReminderKind.RENEWAL, live.subscription_id, about_at=live.period_ends_at):
            return False
        record(
            RenewalComing(
                what=current_book().plans[plan_key].name,
                amount=amount,
                currency="usd",
                renews_at=live.period_ends_at,
                method=(customer.method_name if customer else "") or "your saved payment method",
            )
        )
    return True


def _amount(live: StripeSubscription) -> Decimal:
    """Return what the renewal will cost, in dollars: what Stripe would bill, with discounts and tax.

    Where another price is scheduled, which a preview of the subscription does not know of, that price.
    """
    change = open_change()
    if live.scheduled_plan_key:
        return entitlements(tenancy.current_organization_id()).fetch().sold(live.scheduled_plan_key).monthly_price
    if change is not None and change.announced_for and change.announced_for <= live.period_ends_at:
        return change.monthly_price
    return gateway.quote_renewal(gateway.subscription(live.subscription_id))


def _remind_of_card() -> bool:
    customer = Customer.objects.exclude(card_expires="").first()
    if customer is None:
        return False
    zone = ZoneInfo(accounts.organization(tenancy.current_organization_id()).timezone)
    month, year = map(int, customer.card_expires.split("/"))
    ends_at = midnight(date(year + month // 12, month % 12 + 1, 1), zone)
    if not timedelta(0) < ends_at - database_now() <= BEFORE_EXPIRY:
        return False
    with serialized():
        if not _first_time(ReminderKind.CARD, customer.payment_method_id, about_at=ends_at):
            return False
        record(CardExpiring(method=customer.method_name, expires=customer.card_expires))
    return True


def report_retry(snapshot: SubscriptionSnapshot) -> None:
    """Report an automatic attempt at the open bill that failed, after the first; in the caller's transaction."""
    bill = snapshot.open_invoices[-1] if snapshot.open_invoices else None
    if bill is None or not bill.is_renewal or bill.attempts < 2 or snapshot.is_processing or not snapshot.is_overdue:
        return
    row = StripeSubscription.objects.filter(subscription_id=snapshot.subscription_id, duplicate=False).first()
    if row is None or row.past_due_at is None:
        return
    if _first_time(ReminderKind.RETRY, bill.invoice_id, attempt=bill.attempts):
        record(
            PaymentRetryFailed(
                what=current_book().plans[row.plan_key].name,
                amount=Decimal(bill.due_cents) / 100,
                currency=bill.document.currency,
                attempt=bill.attempts,
                bill_url=bill.hosted_url,
                next_at=bill.next_attempt_at,
            )
        )


def _first_time(kind: ReminderKind, subject: str, *, about_at: datetime | None = None, attempt: int = 0) -> bool:
    """Write down that owners are reminded of it; return False if they were. See Note [Reminded once]."""
    key: dict[str, Any] = {"kind": kind, "subject": subject, "about_at": about_at, "attempt": attempt}
    _, is_first = BillReminder.objects.get_or_create(organization_id=tenancy.current_organization_id(), **key)
    return is_first
