"""Remind owners of a bill that comes, a card that expires, and an automatic attempt at an open bill that failed.

Note [Reminded once]
    A reminder is a row with its event in one commit; the row's key names what it is about, so that a job that is late,
    killed, doubled or run again tells nothing twice. What a mail says is read before, from Stripe where it is money.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from audit.actions import record
from marketplace.models import BillReminder, Customer, ReminderKind, StripeSubscription, TopUp, name_of_method
from marketplace.queries import live_subscription
from marketplace.stripe import gateway
from marketplace.stripe.gateway.client import NotPossible
from marketplace.stripe.gateway.snapshots import MethodSnapshot, SubscriptionSnapshot
from marketplace.subscriptions.events import CardExpiring, PaymentRetryFailed, RenewalComing
from marketplace.subscriptions.queries import plan_price
from plans.agreements.queries import as_terms, open_change
from plans.queries import current_book
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now, midnight
from saas.kernel.errors import NotFound
from saas.kernel.items import WorkedElsewhere, for_each_organization

JOB = "remind_of_bills"
BEFORE, BEFORE_A_LONG_PERIOD = timedelta(days=7), timedelta(days=30)
"""How long before a renewal; where a period is longer than LONG, as for a year."""
LONG = timedelta(days=60)
BEFORE_EXPIRY = timedelta(days=31)
"""How long before the end of a card's last month. A subscription that is charged to another card than the customer's
own has it looked at with each renewal ahead: once a month."""

BUDGET_SECONDS = 240.0
"""How long a run begins new reminders; the next one goes on."""


def remind_all() -> int:
    """Remind owners of the renewals and the ends of cards ahead, within BUDGET_SECONDS; return how many reminders.

    Safe twice, late and in parallel. What was missed until it happened is not caught up with.
    """
    ends_at = monotonic() + BUDGET_SECONDS

    def remind_in_time() -> int:
        if monotonic() >= ends_at:
            raise WorkedElsewhere  # by the next run
        return remind()

    with tenancy.system():
        renewing = _with_renewal_ahead()
        organizations = [*renewing, *(_with_card_to_expire() - renewing)]
    return sum(for_each_organization(JOB, organizations, remind_in_time))


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
    """Return the organizations whose saved card expires this month or next, and is charged for something.

    Those with a clock of their own ask it.
    """
    now = database_now()
    months = {f"{day.month:02}/{day.year}" for day in (now, now + BEFORE_EXPIRY)}
    told = BillReminder.objects.filter(
        organization_id=OuterRef("organization_id"), kind=ReminderKind.CARD, subject=OuterRef("payment_method_id")
    )
    soon = Q(card_expires__in=months) | Q(organization__clock_offset__gt=timedelta(0))
    return set(_charged_cards().filter(soon).exclude(Exists(told)).values_list("organization_id", flat=True))


def _charged_cards() -> QuerySet[Customer]:
    """Return the customers whose saved card pays for a plan or for top-ups."""
    own = Q(method_id="") | Q(method_id=OuterRef("payment_method_id"))
    live = StripeSubscription.objects.filter(ended_at=None, duplicate=False).filter(own)
    plans = live.filter(organization_id=OuterRef("organization_id"))
    topping_up = TopUp.objects.filter(organization_id=OuterRef("organization_id"), enabled=True)
    return Customer.objects.exclude(card_expires="").filter(Exists(plans) | Exists(topping_up))


def remind() -> int:
    """Remind the owners of the organization acted for; return how many reminders were made just now.

    Raises PaymentsUnavailable while Stripe cannot be asked about a renewal; the next run does.
    """
    customer = _charged_cards().first()
    told = customer is not None and _remind_of_card(
        customer.payment_method_id, customer.method_name, customer.card_expires
    )
    return int(told) + _remind_of_renewal()


def _remind_of_renewal() -> int:
    """Remind of a renewal ahead, and of the card that it is charged to where that is another than the customer's."""
    live, now = live_subscription(), database_now()
    if live is None or not _renewing().filter(id=live.id, period_ends_at__gt=now).exists():
        return 0
    is_long = live.period_ends_at - live.period_starts_at >= LONG
    if live.period_ends_at - now > (BEFORE_A_LONG_PERIOD if is_long else BEFORE):
        return 0
    snapshot = gateway.subscription(live.subscription_id)
    told = _remind_of_its_card(snapshot.method)
    plan_key = live.scheduled_plan_key or live.plan_key
    amount, method = _amount(snapshot), _method_name(snapshot.method)
    with serialized():
        if not _first_time(ReminderKind.RENEWAL, live.subscription_id, about_at=live.period_ends_at):
            return told
        record(
            RenewalComing(
                what=current_book().plans[plan_key].name,
                amount=amount,
                currency="usd",
                renews_at=live.period_ends_at,
                method=method or "your saved payment method",
            )
        )
    return told + 1


def _amount(snapshot: SubscriptionSnapshot) -> Decimal | None:
    """Return what Stripe would bill at the renewal, in dollars; None where it refuses to say."""
    try:
        return gateway.quote_renewal(snapshot, price_id=_announced_price(snapshot))
    except (NotPossible, NotFound):
        return None


def _announced_price(snapshot: SubscriptionSnapshot) -> str:
    """Return the id of a price that is announced for the renewal, and will be scheduled shortly before it."""
    change = open_change()
    if snapshot.scheduled_price_id or change is None or change.plan_key != snapshot.plan_key:
        return ""
    if change.announced_for is None or change.announced_for > snapshot.period_ends_at:
        return ""
    return gateway.ensure_price(plan_price(as_terms(change).on(current_book().plans[change.plan_key])))


def _method_name(method: MethodSnapshot | None) -> str:
    """Return the name of what the bill is charged to: the subscription's own method, else the customer's."""
    if method is not None:
        return name_of_method(kind=method.kind, brand=method.brand, last4=method.last4)
    customer = Customer.objects.first()
    return customer.method_name if customer else ""


def _remind_of_its_card(method: MethodSnapshot | None) -> int:
    if method is None or not method.expires:
        return 0
    return int(_remind_of_card(method.payment_method_id, _method_name(method), method.expires))


def _remind_of_card(method_id: str, name: str, expires: str) -> bool:
    zone = ZoneInfo(accounts.organization(tenancy.current_organization_id()).timezone)
    month, year = map(int, expires.split("/"))
    ends_at = midnight(date(year + month // 12, month % 12 + 1, 1), zone)
    if not timedelta(0) < ends_at - database_now() <= BEFORE_EXPIRY:
        return False
    with serialized():
        if not _first_time(ReminderKind.CARD, method_id, about_at=ends_at):
            return False
        record(CardExpiring(method=name, expires=expires))
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
