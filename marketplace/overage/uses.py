"""Report the ledger lines that charged overage tokens to Stripe, each once.

Note [Never billed twice]
    The ledger is the outbox. Under the organization's lock every line that charged overage becomes a use, once by the
    line's id. A worker claims a use, reports it, then marks it; see Note [A claim runs out] in `saas.kernel.claims`.
    After a crash in between the use is reported again, the same, under the same identifier, which Stripe counts once
    for 24 hours. A use whose outcome stays unknown for longer is not reported again, since that might bill it twice: it
    is absorbed, and staff are notified. The daily comparison shows what Stripe counted.

Note [The right bill]
    Stripe bills a use by the instant it is reported for, and a period's bill takes uses for an hour after its end.
    A use that is reported later than half of that goes on the next bill; without a next one it is absorbed.
"""

from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from audit.actions import record
from marketplace.models import Customer, Overage, OverageUse, StripeSubscription, UseStatus
from marketplace.overage.agreements import wind_up
from marketplace.overage.allotment import resize_overage
from marketplace.overage.events import OverageAbsorbed, OverageDrifted, OverageReported, OverageUsed
from marketplace.overage.queries import unfinished_overage
from marketplace.stripe import gateway
from marketplace.stripe.gateway import UseRefused
from marketplace.subscriptions.sync import sync_subscription
from saas.accounts.lock import serialized
from saas.kernel.claims import claim
from saas.kernel.clock import database_now
from tokens import queries as ledger
from tokens.kinds import Source

LEASE = timedelta(minutes=5)
IDENTIFIED_FOR = timedelta(hours=23)
BILL_OPEN = timedelta(minutes=30)
USES_A_RUN = 500

COMPARED = timedelta(days=32)
COUNTED_AFTER = timedelta(hours=1)
"""Stripe counts in the background: what was reported since is not compared yet."""


def report() -> int:
    """Report this organization's overage to Stripe and keep its tokens right; return how many uses were reported.

    For a job: safe twice, late and in parallel. Raises PaymentsUnavailable; then the next run goes on.
    """
    overage = unfinished_overage()
    if overage is None:
        return 0
    until = overage.allotted_until
    if overage.collected_seq < ledger.last_entry() or until is None or until <= database_now():
        collect()
    reported = _report_waiting()
    wind_up()
    return reported


def collect() -> int:
    """Make a use of every ledger line that charged overage, and let the tokens fit; return how many uses are new."""
    with serialized():
        overage = unfinished_overage()
        if overage is None:
            return 0
        head, now = ledger.last_entry(), database_now()
        lines = ledger.settled_from(Source.OVERAGE, after=overage.collected_seq)
        uses = [
            OverageUse(entry_id=line.id, tokens=-line.held, used_at=line.created_at, retry_at=now) for line in lines
        ]
        OverageUse.objects.bulk_create(uses, ignore_conflicts=True)
        Overage.objects.filter(id=overage.id).update(collected_seq=head)
        if uses:
            record(OverageUsed(uses=len(uses), tokens=sum(use.tokens for use in uses)))
        resize_overage()
    return len(uses)


def _report_waiting() -> int:
    waiting = OverageUse.objects.filter(status=UseStatus.WAITING, retry_at__lte=database_now())
    uses = list(waiting.order_by("used_at", "id")[:USES_A_RUN])
    if not uses:
        return 0
    customer_id = Customer.objects.values_list("customer_id", flat=True).get() or ""
    since = _billed_since()
    return sum(_report(use, customer_id, since) for use in uses)


def _billed_since() -> datetime | None:
    """Return the instant since when usage goes on the next bill, as Stripe says; None without such a bill."""
    newest = StripeSubscription.objects.filter(duplicate=False).order_by("-anchor_at").first()
    if newest is None:
        return None
    newest = sync_subscription(newest.subscription_id)
    return newest.period_starts_at if newest.overage_item_id and not newest.ended_at else None


def _report(use: OverageUse, customer_id: str, since: datetime | None) -> bool:
    """Report one use if that cannot bill it twice; see Note [Never billed twice]. Return True if this call did."""
    now = database_now()
    as_of = use.told_at or _reported_as_of(use.used_at, since, now)
    if use.tried_at is not None and now - use.tried_at > IDENTIFIED_FOR:
        _absorb(use, "Stripe did not answer for a day: reporting it again might bill it twice")
    elif as_of is None:
        _absorb(use, "no bill takes it any more")
    elif _claim(use, as_of, now):
        return _send(use, customer_id, as_of)
    return False


def _reported_as_of(used_at: datetime, since: datetime | None, now: datetime) -> datetime | None:
    """Return the instant to report it for, or None; see Note [The right bill]."""
    on_coming_bill = since is not None and used_at >= since
    return used_at if on_coming_bill or now - used_at <= BILL_OPEN else since


def _claim(use: OverageUse, as_of: datetime, now: datetime) -> bool:
    """Claim a use for LEASE; return False when another worker got there first."""
    same = OverageUse.objects.filter(id=use.id, status=UseStatus.WAITING, retry_at=use.retry_at)
    return claim(same, until="retry_at", lease=LEASE, now=now, told_at=as_of, tried_at=use.tried_at or now)


def _send(use: OverageUse, customer_id: str, as_of: datetime) -> bool:
    waiting = OverageUse.objects.filter(id=use.id, status=UseStatus.WAITING)
    try:
        gateway.report_usage(customer_id=customer_id, identifier=str(use.entry_id), tokens=use.tokens, at=as_of)
    except UseRefused as refusal:
        # Certainly not counted now. Only when it was not tried before is it certainly not counted at all.
        again = {"tried_at": None, "told_at": None} if use.tried_at is None else {}
        waiting.update(error=refusal.detail[:500], **again)
        return False
    with serialized():
        if waiting.update(status=UseStatus.TOLD, error=""):
            record(OverageReported(entry=use.entry_id, tokens=use.tokens, at=as_of))
    return True


def _absorb(use: OverageUse, why: str) -> None:
    with serialized():
        waiting = OverageUse.objects.filter(id=use.id, status=UseStatus.WAITING, retry_at=use.retry_at)
        if waiting.update(status=UseStatus.ABSORBED, error=why):
            record(OverageAbsorbed(entry=use.entry_id, tokens=use.tokens, why=why), reason=why)


def compare() -> int:
    """Compare what Stripe counted lately with the ledger; return the drift in tokens, + where Stripe has more.

    A drift that is new, or gone, is recorded, and staff are notified.
    """
    overage = Overage.objects.first()
    customer = Customer.objects.exclude(customer_id=None).first()
    until = (database_now() - COUNTED_AFTER).replace(second=0, microsecond=0)
    if overage is None or customer is None or _reported_late(until):
        return 0
    since = until - COMPARED
    counted = gateway.counted_use(customer_id=customer.customer_id or "", since=since, until=until)
    expected = _expected(since, until)
    with serialized():
        changed = Overage.objects.filter(id=overage.id).exclude(drift_tokens=counted - expected)
        if changed.update(drift_tokens=counted - expected):
            drift = counted - expected
            record(OverageDrifted(tokens=drift, counted=counted, expected=expected, since_at=since, until_at=until))
    return counted - expected


def _reported_late(until: datetime) -> bool:
    """Return True if uses from before `until` were reported so lately that Stripe may not have counted them."""
    lately = Q(used_at__lt=until, retry_at__gt=until + LEASE) & ~Q(tried_at=None)
    return OverageUse.objects.filter(lately).exists()


def _expected(since: datetime, until: datetime) -> int:
    uses = OverageUse.objects.exclude(status=UseStatus.ABSORBED)
    counted = uses.annotate(at=Coalesce("told_at", "used_at")).filter(at__gte=since, at__lt=until)
    return int(counted.aggregate(tokens=Sum("tokens"))["tokens"] or 0)
