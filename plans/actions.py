"""Subscribing, refreshing allowances, overriding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, cast
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Now

from audit.actions import record
from plans import changes, price_book
from plans.agreements import pinning
from plans.agreements.queries import terms_in_force
from plans.events import OverrideEnded, OverrideSet, PlanChanged, PlanScheduled, RolloutSet
from plans.models import Override, OverrideKind, Rollout, Subscription, TrialEnd
from plans.periods import Period, nth_period, period_at
from plans.price_book import AgreedTerms
from plans.queries import current_book, entitlements
from plans.trials.actions import stop_trial
from saas.accounts.lock import serialized
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.kernel.actor import current_actor_json
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from saas.kernel.items import for_each
from saas.kernel.parallel import in_batches, others_one_by_one
from saas.kernel.serialization import as_json
from saas.kernel.transactions import Statement, run_batch
from tokens import actions as ledger_actions
from tokens.kinds import Source
from tokens.queries import granted, suspended_organizations


def subscribe(
    *,
    plan_key: str,
    anchor_at: datetime | None = None,
    price: Decimal | None = None,
    nothing_before: datetime | None = None,
    reason: str = "",
) -> Subscription:
    """Begin a paid plan, by default now, with the allowance of its present period; a trial that runs ends with it.

    `price` is what it is billed at, where that is known: see Note [Prices pinned] in `plans.agreements`. No allowance
    is granted before `nothing_before`; an anchor to come is that of a trial at Stripe.
    Raises Invalid for an unknown or free plan, Conflict when the organization has a plan already.
    """
    organization_id = tenancy.current_organization_id()
    entitled = entitlements(organization_id).fetch()
    _paid_plan(entitled.book, plan_key)
    if entitled.subscription_id is not None:
        raise Conflict(f"The organization is on {entitled.plan.name} already.")
    with serialized():
        stop_trial(ended_as=TrialEnd.UPGRADED)
        begins_at = min(anchor_at or entitled.now, entitled.now)
        subscription = Subscription.objects.create(
            plan_key=plan_key, anchor_at=anchor_at or entitled.now, nothing_before=nothing_before
        )
        pinning.pin(subscription=subscription, plan_key=plan_key, at=begins_at, sold_at=begins_at, price=price)
        refresh(subscription=subscription, now=entitled.now)
        record(PlanChanged(from_=entitled.own_plan.key, to=plan_key), reason=reason)
    return subscription


def paid_plans(book: price_book.PriceBookTerms) -> list[str]:
    """Return the keys of the plans one can subscribe to."""
    return [key for key in book.plans if key != price_book.FREE_PLAN]


def refresh(*, subscription: Subscription, now: datetime) -> bool:
    """Grant the allowance of the period that contains `now`, once; return whether this call did it.

    A scheduled change of plan takes effect first. Periods that ended meanwhile are not made up for. What the
    last allowance left unspent rolls over, up to the plan's cap. Nothing is granted while payment is overdue or the
    subscription paused, nor for what is not paid: before `nothing_before`.
    """
    with serialized():
        subscription = _apply_scheduled(subscription, now)
        if subscription.ended_at is not None or _is_held_back(subscription, now):
            return False
        agreed = pinning.pinned(subscription, now)
        return _grant_ordered([_order(current_book(), agreed, subscription, now)]) == 1


def _order(
    book: price_book.PriceBookTerms, agreed: AgreedTerms | None, subscription: Subscription, now: datetime
) -> dict[str, Any]:
    """Return the arguments of plans_refresh for the period that contains `now`; without terms they are the book's."""
    plan = book.plans[subscription.plan_key]
    plan = agreed.on(plan) if agreed else plan
    period = period_at(subscription.anchor_at, now)
    return {
        "organization": subscription.organization_id,
        "subscription": subscription.id,
        "plan": plan.key,
        "tokens": plan.monthly_tokens,
        "rollover_max": plan.rollover_tokens_max,
        "key": allowance_key(subscription.id, period),
        "anchor": subscription.anchor_at.isoformat(),
        "previous_keys": _previous_keys(book, subscription, period) if plan.rollover_tokens_max else [],
        "starts_at": period.starts_at.isoformat(),
        "ends_at": period.ends_at.isoformat(),
    }


def _previous_keys(book: price_book.PriceBookTerms, subscription: Subscription, period: Period) -> list[str]:
    return rolling_keys(book, allowance_key(subscription.id, nth_period(subscription.anchor_at, period.index - 1)))


def rolling_keys(book: price_book.PriceBookTerms, period_key: str) -> list[str]:
    """Return the keys of all that a period's plan can have brought: allowance, upgrades, what rolled over into it."""
    return [period_key, *(upgrade_key(period_key, plan) for plan in paid_plans(book)), rollover_key(period_key)]


def _grant_ordered(orders: Sequence[dict[str, Any]]) -> int:
    """Grant in one commit what is ordered and not granted yet; return how many."""
    arguments = (as_json(orders), current_actor_json())
    with ledger_actions.refusals():
        [[(granted,)]] = run_batch(Statement("SELECT plans_refresh(%s, %s)", arguments))
    return int(granted)


def _apply_scheduled(subscription: Subscription, now: datetime) -> Subscription:
    """Make a scheduled change whose time has come; return the subscription as it then stands."""
    subscription.refresh_from_db()
    if not _changes(subscription, now) or subscription.ended_at is not None:
        return subscription
    before, wanted = subscription.plan_key, subscription.scheduled_plan_key
    if wanted == price_book.FREE_PLAN:
        subscription.ended_at = subscription.scheduled_for
    else:
        subscription.plan_key = wanted
    pinning.forget_announced(but_for=wanted)
    subscription.scheduled_plan_key, subscription.scheduled_for = "", None
    subscription.save()
    record(PlanChanged(from_=before, to=wanted), reason="scheduled")
    return subscription


def refresh_due() -> int:
    """Grant every allowance whose period has begun; return how many were granted.

    Safe twice, late and in parallel: the grant's business key lets only one through. What fails for one organization
    is set aside and costs nobody else theirs. Organizations whose payment is overdue are left alone, those that
    somebody is writing to wait for the next run.
    """
    with tenancy.system():
        book, due = current_book(), _due()
        simple = [one for one in due if not _changes(one.subscription, one.now)]
        granted = in_batches(REFRESH, partial(_refresh_some, book), simple)
    changing = [one for one in due if _changes(one.subscription, one.now)]
    return granted + sum(for_each(REFRESH_CHANGES, changing, _refresh_one, complete=True))


REFRESH = "refresh_allowances"
REFRESH_CHANGES = "refresh_allowances: changes"


@dataclass(frozen=True)
class Due:
    """A subscription without its present allowance, and the time by its organization's clock."""

    subscription: Subscription
    now: datetime

    @property
    def organization_id(self) -> UUID:
        """Return the id of the subscription's organization."""
        return cast(UUID, self.subscription.organization_id)


def _refresh_some(book: price_book.PriceBookTerms, due: Sequence[Due]) -> int:
    """Grant together what is due to ordinary organizations, and to the others one after another; return how many."""
    agreed = terms_in_force([one.subscription.id for one in due])
    orders = {
        one.organization_id: _order(book, agreed.get(one.subscription.id), one.subscription, one.now) for one in due
    }
    arguments = (as_json([*orders.values()]), current_actor_json())
    with ledger_actions.refusals():
        [[(together, served)]] = run_batch(Statement("SELECT * FROM plans_refresh_many(%s, %s)", arguments))
    one_by_one = others_one_by_one(
        lambda others: _grant_ordered([orders[one.organization_id] for one in others]), due, set(served)
    )
    return int(together) + one_by_one


def _refresh_one(due: Due) -> bool:
    with tenancy.organization(due.organization_id):
        return refresh(subscription=due.subscription, now=due.now)


def _due() -> list[Due]:
    """Return the subscriptions without their present allowance."""
    due = (
        Subscription.objects.filter(ended_at=None)
        .annotate(now=Now() + F("organization__clock_offset"))
        .filter(Q(allowance_until=None) | Q(allowance_until__lte=F("now")))
        .filter(Q(nothing_before=None) | Q(nothing_before__lte=F("now")))
        .exclude(organization_id__in=suspended_organizations())
    )
    return [Due(subscription, subscription.now) for subscription in due]


def _changes(subscription: Subscription, now: datetime) -> bool:
    return subscription.scheduled_for is not None and subscription.scheduled_for <= now


def _is_held_back(subscription: Subscription, now: datetime) -> bool:
    return subscription.nothing_before is not None and subscription.nothing_before > now


def allowance_key(subscription_id: UUID, period: Period) -> str:
    """Return the one key under which a period's allowance can be granted."""
    return f"allowance:{subscription_id}:{period.starts_at:%Y-%m-%dT%H:%M:%SZ}"


def upgrade_key(period_key: str, plan_key: str) -> str:
    """Return the one key under which an upgrade within the period of an allowance's key brings its tokens."""
    return f"upgrade:{period_key}:{plan_key}"


def rollover_key(period_key: str) -> str:
    """Return the one key under which tokens roll over into the period of an allowance's key, see `plans_refresh`."""
    return f"rollover:{period_key}"


def set_override(
    *, kind: OverrideKind, key: str, value: int | None, reason: str, ends_at: datetime | None, by: User | None
) -> Override:
    """Change a feature, limit or price for this organization; the newest override of a key holds."""
    if not reason.strip():
        raise Invalid("An override needs a reason.")
    values: dict[str, Any] = {"value": value, "reason": reason, "ends_at": ends_at, "created_by": by}
    with serialized():
        override, _ = Override.objects.update_or_create(
            organization_id=tenancy.current_organization_id(), kind=kind, key=key, defaults=values
        )
        record(OverrideSet(kind_=kind, key=key, value=value, ends_at=ends_at), reason=reason)
    return override


def end_override(*, kind: OverrideKind, key: str, reason: str) -> bool:
    """Return to the plan's value; return whether there was an override."""
    with serialized():
        ended, _ = Override.objects.filter(kind=kind, key=key).delete()
        if ended:
            record(OverrideEnded(kind_=kind, key=key), reason=reason)
    return bool(ended)


def roll_out(*, feature: str, percentage: int, reason: str) -> Rollout:
    """Give the feature to this percentage of organizations; needs the system context.

    Raises Invalid for a feature that no plan has, and outside of 0 to 100.
    """
    if feature not in current_book().features:
        raise Invalid(f"No plan has a feature {feature!r}.")
    if not 0 <= percentage <= 100:
        raise Invalid("A roll-out is between 0 and 100 percent.")
    with serialized():
        rollout, _ = Rollout.objects.update_or_create(feature=feature, defaults={"percentage": percentage})
        record(RolloutSet(feature=feature, percentage=percentage), reason=reason)
    return rollout


def upgrade(
    *,
    plan_key: str,
    at: datetime | None = None,
    price: Decimal | None = None,
    is_paid: bool = True,
    reason: str = "",
) -> int:
    """Change to a larger plan at once, with the difference for the rest of the period; return those tokens.

    Call it once it is paid; `at` is from when on it was paid for, by default now, `price` as in `subscribe`. Being on
    the plan already changes nothing and returns 0: repeating is safe, and a downgrade waits for the period's end, so
    going down and up again brings nothing. Without `is_paid`, on a trial at Stripe, no tokens come.
    Raises Conflict without a subscription, Invalid for a plan that is not larger.
    """
    with serialized():
        entitled = entitlements(tenancy.current_organization_id()).fetch()
        subscription = _open_subscription()
        if subscription.plan_key == plan_key:
            return 0
        wanted = _paid_plan(entitled.book, plan_key)
        if wanted.rank <= entitled.plan.rank:
            raise Invalid(f"{wanted.name} is not larger than {entitled.plan.name}: schedule it for the period's end.")
        period = period_at(subscription.anchor_at, entitled.now)
        since = min(max(at or entitled.now, period.starts_at), entitled.now)
        agreed = pinning.pin(subscription=subscription, plan_key=plan_key, at=since, sold_at=since, price=price)
        wanted = agreed.on(wanted)
        change = changes.preview(entitled.plan, wanted, period, since)
        period_key = allowance_key(subscription.id, period)
        # A whole month that was not granted yet comes with the larger plan's allowance.
        whole = since == period.starts_at and not granted(period_key)
        if not whole:
            # What comes on top of the smaller plan's month needs that month first: the job may not have run yet.
            _grant_ordered([_order(entitled.book, None, subscription, entitled.now)])
        tokens = change.tokens_now if is_paid and not whole else 0
        if tokens:
            ledger_actions.grant(
                source=Source.PLAN,
                tokens=tokens,
                business_key=upgrade_key(period_key, plan_key),
                expires_at=period.ends_at,
                reason=f"upgrade to {wanted.name}",
            )
        Subscription.objects.filter(id=subscription.id).update(
            plan_key=plan_key, scheduled_plan_key="", scheduled_for=None
        )
        pinning.forget_scheduled(subscription, now=entitled.now)
        pinning.forget_announced(but_for=plan_key)
        record(PlanChanged(from_=entitled.plan.key, to=plan_key), reason=reason)
    return tokens


def schedule_plan(*, plan_key: str, at: datetime | None = None, reason: str = "") -> datetime:
    """Change to a smaller plan, or to the free one, at the period's end; return when.

    `at` is another instant: one in the past is a change that is late, and made by the next `refresh`.
    Scheduling the present plan takes a scheduled change back. Raises Conflict without a subscription.
    """
    with serialized():
        entitled = entitlements(tenancy.current_organization_id()).fetch()
        subscription = _open_subscription()
        ends_at = at or period_at(subscription.anchor_at, entitled.now).ends_at
        if plan_key != price_book.FREE_PLAN:
            _paid_plan(entitled.book, plan_key)
        stays = plan_key == subscription.plan_key
        pinning.forget_scheduled(subscription, now=entitled.now)
        if not stays and plan_key != price_book.FREE_PLAN:
            sold_at = min(ends_at, entitled.now)
            pinning.pin(subscription=subscription, plan_key=plan_key, at=ends_at, sold_at=sold_at)
        Subscription.objects.filter(id=subscription.id).update(
            scheduled_plan_key="" if stays else plan_key, scheduled_for=None if stays else ends_at
        )
        record(PlanScheduled(from_=subscription.plan_key, to=plan_key, at=ends_at), reason=reason)
    return ends_at


def end_subscription(*, reason: str = "") -> bool:
    """Return to the free plan now; the allowance granted stays until it expires. Return True if a plan was ended."""
    with serialized():
        subscription = Subscription.objects.filter(ended_at=None).first()
        if subscription is None:
            return False
        Subscription.objects.filter(id=subscription.id).update(ended_at=database_now())
        pinning.forget_scheduled(subscription, now=database_now())
        pinning.forget_announced()
        record(PlanChanged(from_=subscription.plan_key, to=price_book.FREE_PLAN), reason=reason)
    return True


def _open_subscription() -> Subscription:
    subscription = Subscription.objects.filter(ended_at=None).first()
    if subscription is None:
        raise Conflict("The organization has no paid plan to change. Subscribe first.")
    return subscription


def _paid_plan(book: price_book.PriceBookTerms, plan_key: str) -> price_book.PlanTerms:
    if plan_key not in paid_plans(book):
        raise Invalid(f"There is no paid plan {plan_key!r}. Choose one of {', '.join(paid_plans(book))}.")
    return book.plans[plan_key]
