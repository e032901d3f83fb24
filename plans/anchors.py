"""Months that begin anew, months that bring nothing, and what a pause left unspent. The caller holds the lock.

Where a plan is billed its months are those of the bills. A plan that is paused keeps what its last month brought: what
expired of it meanwhile comes back with the month in which the plan goes on.
"""

from datetime import datetime, timedelta

from audit.actions import record
from plans.actions import allowance_key, rolling_keys, rollover_key
from plans.events import PlanMonthsMoved
from plans.models import Subscription
from plans.periods import Period, months_after, period_at
from plans.queries import current_book
from saas.kernel.clock import database_now
from saas.kernel.transactions import Query, Statement
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.kinds import Source

ABOUT = timedelta(hours=1)
"""Months that begin so close to each other are the same: clocks differ a little."""

COMPARED_MONTHS = 3
"""As many months show whether two anchors are the same: of the 31st and the 28th the first one may agree."""


def move_anchor(subscription: Subscription, *, to: datetime, reason: str) -> bool:
    """Let the plan's months begin at `to` and monthly from there; return False where they do already.

    The month that begins then brings its own allowance; what the one before brought stays until it expires.
    """
    if all(begins_month(subscription, months_after(to, n)) for n in range(COMPARED_MONTHS)):
        return False
    Subscription.objects.filter(id=subscription.id).update(anchor_at=to, allowance_until=None)
    record(PlanMonthsMoved(from_=subscription.anchor_at, to=to), reason=reason)
    subscription.refresh_from_db()
    return True


def begins_month(subscription: Subscription, instant: datetime) -> bool:
    """Return True if one of the plan's months begins at about `instant`, which is not long before the first one."""
    period = period_at(subscription.anchor_at, instant)
    return instant - period.starts_at < ABOUT or period.ends_at - instant < ABOUT


def grant_nothing_before(subscription: Subscription, instant: datetime | None) -> None:
    """Hold the allowance back until then: what it is for is not paid. None ends that."""
    changed = Subscription.objects.filter(id=subscription.id).exclude(nothing_before=instant)
    if changed.update(nothing_before=instant):
        subscription.refresh_from_db()


def carry_over(subscription: Subscription, *, paused: Period) -> int:
    """Give back what expired unspent of the month in which the plan was paused, once; return the tokens.

    They last as long as those of the present month. What an earlier pause had carried into that month comes along; what
    rolled over from it into the present one is back already.
    """
    now = database_now()
    if paused.ends_at > now:
        return 0
    ledger_actions.sweep()
    key, present = allowance_key(subscription.id, paused), period_at(subscription.anchor_at, now)
    carried_into_it = ledger.keys_of(prefix=carried_key(f"allowance:{subscription.id}:"), expires_at=paused.ends_at)
    statement = Statement(
        "SELECT coalesce(sum(tokens_expired_unspent(key)), 0) FROM unnest(%s::text[]) AS key",
        ([*rolling_keys(current_book(), key), *carried_into_it],),
    )
    left = int(Query(statement, lambda rows: rows[0][0]).fetch())
    tokens = left - ledger.granted(rollover_key(allowance_key(subscription.id, present)))
    if tokens > 0:
        ledger_actions.grant(
            source=Source.PLAN,
            tokens=tokens,
            business_key=carried_key(key),
            expires_at=present.ends_at,
            reason="left when the plan was paused",
        )
    return max(tokens, 0)


def carried_key(period_key: str) -> str:
    """Return the one key under which what was left of the period of an allowance's key comes back after a pause."""
    return f"carried:{period_key}"
