"""Pin what is agreed. The caller holds the organization's lock."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from audit.actions import record
from plans.agreements import queries
from plans.events import PriceChangeWithdrawn
from plans.models import Agreement, Subscription
from plans.price_book import AgreedTerms
from plans.queries import current_book


def pin(
    *, subscription: Subscription, plan_key: str, at: datetime, sold_at: datetime, price: Decimal | None = None
) -> AgreedTerms:
    """Let the subscription have the plan from `at` on as it was sold at `sold_at`; return at what.

    A custom agreement for the plan stays in force, unless another price is paid; see `queries.sold_terms` for that.
    """
    custom = queries.custom_offer(plan_key, sold_at)
    if custom is not None and price in (None, custom.monthly_price):
        return queries.as_terms(custom)
    terms = queries.sold_terms(plan_key, at=sold_at, price=price)
    Agreement.objects.get_or_create(subscription=subscription, plan_key=plan_key, starts_at=at, defaults=figures(terms))
    return terms


def pinned(subscription: Subscription, now: datetime) -> AgreedTerms:
    """Return what is agreed for the subscription; one from before prices were pinned has what is sold now."""
    agreement = queries.in_force(subscription, subscription.plan_key, now)
    if agreement is not None:
        return queries.as_terms(agreement)
    return pin(subscription=subscription, plan_key=subscription.plan_key, at=now, sold_at=now)


def forget_scheduled(subscription: Subscription, *, now: datetime) -> None:
    """Forget what was to begin with a scheduled change of plan; an announced change of the price stays."""
    subscription.agreements.filter(starts_at__gt=now, announced_for=None).delete()


def forget_announced(*, but_for: str = "") -> None:
    """Withdraw an announced change that is not billed yet: its plan was left, unless that is `but_for`."""
    for change in queries.announced().filter(withdrawn_at=None).exclude(plan_key=but_for):
        change.delete()
        record(PriceChangeWithdrawn(**event_of(change)), reason="the plan that it was for was left")


def event_of(change: Agreement) -> dict[str, Any]:
    """Return what events say of an announced change."""
    return {
        "what": current_book().plans[change.plan_key].name,
        "amount": change.monthly_price,
        "tokens": change.monthly_tokens,
        "currency": "usd",
        "starts_at": change.starts_at or change.announced_for,
        "custom": change.is_custom,
        "version": change.price_book_version,
    }


def figures(terms: AgreedTerms) -> dict[str, Any]:
    """Return the columns of an agreement of these terms."""
    return {
        "price_book_version": terms.version,
        "monthly_price": terms.monthly_price,
        "monthly_tokens": terms.monthly_tokens,
        "overage_token_price": terms.overage_token_price,
        "pack_prices": {key: str(price) for key, price in terms.pack_prices},
    }
