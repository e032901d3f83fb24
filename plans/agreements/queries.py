"""Read what is agreed: for one plan at an instant, for many subscriptions now, and which version sold a plan."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from plans import price_book
from plans.models import Agreement, Plan, Subscription
from plans.price_book import AgreedTerms, PlanTerms, PriceBookTerms
from plans.queries import AGREED_VALUES, agreed_terms, current_book
from saas.kernel.transactions import Query, Statement


def book_at(at: datetime) -> PriceBookTerms:
    """Return the price book in effect at an instant; the first one before that, the present one for one to come."""
    statement = Statement(
        "SELECT coalesce(max(version) FILTER (WHERE effective_at <= %s), min(version)) FROM plans_price_book"
        " WHERE effective_at <= clock_timestamp()",
        (at,),
    )
    return price_book.load(Query(statement, lambda rows: rows[0][0]).fetch())


def sold_terms(plan_key: str, *, at: datetime, price: Decimal | None = None) -> AgreedTerms:
    """Return what the plan was sold for at an instant, given its price in dollars where that is known.

    A page to pay on stays open while a new version takes effect: then the newest version of that price is the one. A
    price of no version was made by hand, and brings what the version of the instant does.
    """
    book = book_at(at)
    plan = book.plans.get(plan_key) or current_book().plans[plan_key]
    terms = price_book.terms_of(book.version, plan)
    if price is None or price == plan.monthly_price:
        return terms
    priced = Plan.objects.filter(key=plan_key, monthly_price=price, price_book__effective_at__lte=Now())
    version = priced.order_by("-price_book_id").values_list("price_book_id", flat=True).first()
    if version is not None:
        return price_book.terms_of(version, price_book.load(version).plans[plan_key])
    return AgreedTerms(plan_key, book.version, price, plan.monthly_tokens, plan.overage_token_price)


def in_force(subscription: Subscription, plan_key: str, at: datetime) -> Agreement | None:
    """Return what is agreed for a plan of the subscription at an instant."""
    own = Agreement.objects.filter(Q(subscription=None) | Q(subscription=subscription), plan_key=plan_key)
    return own.filter(starts_at__lte=at).order_by("-starts_at", "-id").first()


def plan_at(subscription: Subscription, plan_key: str, at: datetime) -> PlanTerms:
    """Return a plan at what was agreed for the subscription at an instant, else as it was sold then."""
    agreement, plan = in_force(subscription, plan_key, at), current_book().plans[plan_key]
    return (as_terms(agreement) if agreement else sold_terms(plan_key, at=at)).on(plan)


def custom_offer(plan_key: str, at: datetime) -> Agreement | None:
    """Return the custom agreement at which a subscription to the plan begins at an instant."""
    begun = Agreement.objects.filter(subscription=None, plan_key=plan_key, starts_at__lte=at)
    newest = begun.order_by("-starts_at", "-id").first()
    return newest if newest and (newest.agreed_until is None or newest.agreed_until > at) else None


def as_terms(agreement: Agreement) -> AgreedTerms:
    """Return a row as a value."""
    return agreed_terms(
        agreement.plan_key,
        agreement.price_book_version,
        str(agreement.monthly_price),
        agreement.monthly_tokens,
        None if agreement.overage_token_price is None else str(agreement.overage_token_price),
        agreement.pack_prices,
        agreement.is_custom,
    )


def terms_in_force(subscription_ids: Sequence[UUID]) -> dict[UUID, AgreedTerms]:
    """Return what is in force for these subscriptions, as far as the context shows them."""
    statement = Statement(
        f"""
        SELECT DISTINCT ON (s.id) s.id, {AGREED_VALUES}
        FROM plans_subscription s
        JOIN accounts_organization o ON o.id = s.organization_id
        JOIN plans_agreement a ON a.organization_id = s.organization_id AND a.plan_key = s.plan_key
            AND (a.subscription_id = s.id OR a.subscription_id IS NULL)
            AND a.starts_at <= clock_timestamp() + o.clock_offset
        WHERE s.id = ANY(%s)
        ORDER BY s.id, a.starts_at DESC, a.id DESC
        """,
        (list(subscription_ids),),
    )
    return Query(statement, lambda rows: {id_: agreed_terms(*json.loads(values)) for id_, values in rows}).fetch()


def open_change() -> Agreement | None:
    """Return the announced change of the organization's price that is not billed yet, or None."""
    return announced().filter(withdrawn_at=None).first()


def withdrawn_change() -> Agreement | None:
    """Return a withdrawn change of which something may still be scheduled, or None."""
    return announced().filter(withdrawn_at__isnull=False).first()


def announced() -> QuerySet[Agreement]:
    """Return the announced changes that are not billed yet, those withdrawn and still scheduled included."""
    return Agreement.objects.filter(announced_for__isnull=False, applied_at=None)
