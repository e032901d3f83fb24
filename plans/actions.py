"""Subscribing, refreshing allowances, overriding."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from audit.actions import record, serialized
from plans import price_book
from plans.models import Override, OverrideKind, Rollout, Subscription
from plans.periods import Period, period_at
from plans.queries import entitlements
from saas.accounts.models import User
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from saas.kernel.ids import uuid7
from tokens import actions as tokens
from tokens.kinds import Source
from tokens.queries import suspended_organizations


def subscribe(*, plan_key: str, reason: str = "") -> Subscription:
    """Begin a paid plan now, with its first allowance.

    Raises Invalid for an unknown or free plan, Conflict when the organization has a plan already.
    """
    organization_id = tenancy.current_organization_id()
    entitled = entitlements(organization_id).ask()
    plan = entitled.book.plans.get(plan_key)
    if plan is None or plan_key == price_book.FREE_PLAN:
        raise Invalid(f"There is no paid plan {plan_key!r}. Choose one of {', '.join(paid_plans(entitled.book))}.")
    if entitled.subscription_id is not None:
        raise Conflict(f"The organization is on {entitled.plan.name} already.")
    with serialized():
        subscription = Subscription.objects.create(id=uuid7(), plan_key=plan_key, anchor_at=entitled.now)
        refresh(subscription=subscription, now=entitled.now)
        record(kind="plan.changed", data={"from": entitled.plan.key, "to": plan_key}, reason=reason)
    return subscription


def paid_plans(book: price_book.PriceBook) -> list[str]:
    """Return the keys of the plans one can subscribe to."""
    return [key for key in book.plans if key != price_book.FREE_PLAN]


def refresh(*, subscription: Subscription, now: datetime) -> bool:
    """Grant the allowance of the period that contains `now`, once; return whether this call did it.

    Periods that ended meanwhile are not made up for.
    """
    entitled = entitlements(subscription.organization_id).ask()
    period = period_at(subscription.anchor_at, now)
    with serialized():
        granted = tokens.grant(
            source=Source.PLAN,
            tokens=entitled.book.plans[subscription.plan_key].monthly_tokens,
            business_key=allowance_key(subscription.id, period),
            expires_at=period.ends_at,
            period_started_at=period.starts_at,
            reason=f"{subscription.plan_key} allowance",
        )
        Subscription.objects.filter(id=subscription.id).update(allowance_until=period.ends_at)
    return granted


def refresh_due() -> int:
    """Grant every allowance whose period has begun; return how many were granted.

    Safe twice, late and in parallel: the grant's business key lets only one through. Organizations whose
    payment is overdue are left alone.
    """
    with tenancy.system():
        now = database_now()
        due = list(
            Subscription.objects.filter(ended_at=None)
            .filter(Q(allowance_until=None) | Q(allowance_until__lte=now))
            .exclude(organization_id__in=suspended_organizations())
        )
    granted = 0
    for subscription in due:
        with tenancy.organization(subscription.organization_id):
            granted += refresh(subscription=subscription, now=now)
    return granted


def allowance_key(subscription_id: UUID, period: Period) -> str:
    """Return the one key under which a period's allowance can be granted."""
    return f"allowance:{subscription_id}:{period.starts_at:%Y-%m-%dT%H:%M:%SZ}"


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
        record(kind="override.set", data={"kind": kind, "key": key, "value": value, "ends_at": ends_at}, reason=reason)
    return override


def end_override(*, kind: OverrideKind, key: str, reason: str) -> bool:
    """Return to the plan's value; tell whether there was an override."""
    with serialized():
        ended, _ = Override.objects.filter(kind=kind, key=key).delete()
        if ended:
            record(kind="override.ended", data={"kind": kind, "key": key}, reason=reason)
    return bool(ended)


def roll_out(*, feature: str, percentage: int) -> Rollout:
    """Give the feature to this percentage of organizations; needs the system context."""
    if not 0 <= percentage <= 100:
        raise Invalid("A roll-out is between 0 and 100 percent.")
    with serialized():
        rollout, _ = Rollout.objects.update_or_create(feature=feature, defaults={"percentage": percentage})
        record(kind="rollout.set", data={"feature": feature, "percentage": percentage})
    return rollout
