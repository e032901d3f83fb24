"""Entitlements of an organization: features, limits and prices, each with its source."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import UUID

from plans import price_book
from plans.models import OverrideKind
from plans.price_book import FREE_PLAN, AgreedTerms, PlanTerms, PriceBookTerms
from saas.kernel.errors import DomainError
from saas.kernel.transactions import Query, Row, Statement

Value = TypeVar("Value")


class FeatureNotInPlan(DomainError):
    """The plan does not have the feature, or it is not rolled out to this organization yet."""

    code, status, title = "feature_not_in_plan", 403, "Not in your plan"


@dataclass(frozen=True)
class Effective(Generic[Value]):
    """A value and where it comes from: plan, override or rollout."""

    value: Value
    source: str


NOT_IN_TRIALS = frozenset({"packs", "metering", "webhooks"})
"""What a trial leaves out of its plan: buying, and what other people's programs would use it for."""
AGREED_VALUES = """jsonb_build_array(a.plan_key, a.price_book_version, a.monthly_price::text, a.monthly_tokens,
    a.overage_token_price::text, a.pack_prices, a.subscription_id IS NULL)"""
"""A row `a` of plans_agreement, its dollars as text: the arguments of `agreed_terms`."""


@dataclass(frozen=True)
class RunningTrial:
    """A trial whose time is not over, of so many tokens."""

    id: UUID
    started_at: datetime
    ends_at: datetime
    tokens: int


@dataclass(frozen=True)
class Entitlements:
    """What one organization may do at `now`, the database's time.

    `book` is the price book in effect with what was agreed in its place, and `agreed` that, by plan. In a trial `plan`
    is the plan on trial, without what trials leave out.
    """

    now: datetime
    book: PriceBookTerms
    agreed: dict[str, AgreedTerms]
    plan: PlanTerms
    subscription_id: UUID | None
    trial: RunningTrial | None
    features: dict[str, Effective[bool]]
    limits: dict[str, Effective[int | None]]
    prices: dict[str, Effective[int]]

    @property
    def own_plan(self) -> PlanTerms:
        """Return the plan that somebody pays for or gave; the free one during a trial."""
        return self.book.plans[FREE_PLAN] if self.trial else self.plan

    def sold(self, plan_key: str) -> PlanTerms:
        """Return the plan as it is sold now: at what was agreed with the organization, else as the price book says."""
        terms, plan = self.agreed.get(plan_key), price_book.load(self.book.version).plans[plan_key]
        return terms.on(plan) if terms and terms.is_custom else plan

    def has(self, feature: str) -> bool:
        """Return True if the organization has the feature."""
        return self.features[feature].value

    def limit(self, key: str) -> int | None:
        """Return a limit; None is unlimited."""
        return self.limits[key].value

    def require(self, feature: str) -> None:
        """Raise FeatureNotInPlan, naming the plan that has the feature."""
        if self.has(feature):
            return
        plan = self.cheapest_plan_with(feature)
        if self.trial and plan and plan.key == self.plan.key:
            raise self.not_in_trial("this")
        way = f" {plan.name} has it." if plan and self.features[feature].source == "plan" else ""
        raise FeatureNotInPlan(
            f"Your plan, {self.plan.name}, does not have this.{way}",
            feature=feature,
            plan=self.plan.key,
            needed_plan=plan.key if plan else None,
        )

    def not_in_trial(self, what: str) -> FeatureNotInPlan:
        """Return the refusal of what comes with the plan, but not with its trial."""
        return FeatureNotInPlan(
            f"The trial of {self.plan.name} does not include {what}. Get {self.plan.name} to use it.",
            plan=FREE_PLAN,
            needed_plan=self.plan.key,
        )

    def cheapest_plan_with(self, feature: str) -> PlanTerms | None:
        """Return the smallest plan that has the feature."""
        having = [plan for plan in self.book.plans.values() if feature in plan.features]
        return min(having, key=lambda plan: plan.rank, default=None)


def entitlements(organization_id: UUID) -> Query[Entitlements]:
    """Return the query of the organization's entitlements, one statement, to be run alone or in a batch."""
    statement = Statement(
        f"""
        SELECT organization_now(),
            (SELECT max(version) FROM plans_price_book WHERE effective_at <= clock_timestamp()),
            s.id, s.plan_key, t.plan_key, t.id, t.started_at, t.ends_at, t.tokens,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(kind, key, value)), '[]') FROM plans_override
                WHERE organization_id = %s AND (ends_at IS NULL OR ends_at > organization_now())),
            (SELECT coalesce(jsonb_object_agg(feature, percentage), '{{}}') FROM plans_rollout),
            (SELECT coalesce(jsonb_agg({AGREED_VALUES}), '[]')
                FROM (SELECT DISTINCT ON (plan_key) * FROM plans_agreement
                    WHERE organization_id = %s AND starts_at <= organization_now()
                        AND (subscription_id IS NULL OR subscription_id = s.id)
                    ORDER BY plan_key, starts_at DESC, id DESC) a
                WHERE a.plan_key = s.plan_key
                    OR a.subscription_id IS NULL AND coalesce(a.agreed_until > organization_now(), true))
        FROM (SELECT 1) one
        LEFT JOIN plans_subscription s ON s.organization_id = %s AND s.ended_at IS NULL
        LEFT JOIN plans_trial t ON t.organization_id = %s AND t.ended_at IS NULL AND s.id IS NULL
            AND t.ends_at > organization_now()
        """,
        (organization_id,) * 4,
    )
    return Query(statement, lambda rows: _entitlements(organization_id, rows[0]))


def _entitlements(organization_id: UUID, row: Row) -> Entitlements:
    now, version, subscription_id, plan_key, trial_plan_key, *trial, overrides, rollouts, agreements = row
    agreed = tuple(agreed_terms(*values) for values in json.loads(agreements))
    book = price_book.load_agreed(version, plan_key or FREE_PLAN, agreed)
    plan = book.plans[plan_key or trial_plan_key or FREE_PLAN]
    if trial_plan_key:
        plan = replace(plan, features=plan.features - NOT_IN_TRIALS)
    chosen = {(kind, key): value for kind, key, value in json.loads(overrides)}
    rolled = json.loads(rollouts)
    return Entitlements(
        now=now,
        book=book,
        agreed={terms.plan_key: terms for terms in agreed},
        plan=plan,
        subscription_id=subscription_id,
        trial=RunningTrial(*trial) if trial_plan_key else None,
        features={key: _feature(organization_id, key, plan, chosen, rolled) for key in sorted(book.features)},
        limits={key: _pick(chosen, OverrideKind.LIMIT, key, value) for key, value in plan.customer_limits.items()},
        prices={
            key: Effective(int(picked.value or 0), picked.source)
            for key, value in book.operation_prices.items()
            for picked in [_pick(chosen, OverrideKind.PRICE, key, value)]
        },
    )


def agreed_terms(
    plan_key: str, version: int, price: str, tokens: int, overage: str | None, packs: dict[str, str], is_custom: bool
) -> AgreedTerms:
    """Return a row of plans_agreement, as AGREED_VALUES has it, as a value."""
    pack_prices = tuple((key, Decimal(dollars)) for key, dollars in sorted(packs.items()))
    overage_price = None if overage is None else Decimal(overage)
    return AgreedTerms(plan_key, version, Decimal(price), tokens, overage_price, pack_prices, is_custom)


def _pick(chosen: dict[Any, Any], kind: str, key: str, value: int | None) -> Effective[int | None]:
    if (kind, key) in chosen:
        return Effective(chosen[kind, key], "override")
    return Effective(value, "plan")


def _feature(
    organization_id: UUID, key: str, plan: PlanTerms, chosen: dict[Any, Any], rollouts: dict[str, int]
) -> Effective[bool]:
    picked = _pick(chosen, OverrideKind.FEATURE, key, int(key in plan.features))
    if picked.source == "override" or key not in rollouts or not picked.value:
        return Effective(bool(picked.value), picked.source)
    return Effective(rolled_out(key, organization_id, rollouts[key]), "rollout")


def rolled_out(feature: str, organization_id: UUID, percentage: int) -> bool:
    """Return True if the organization is among the first `percentage` of 100.

    Stable: an organization that has the feature at 10 % has it at 20 % too, and each feature picks its own.
    """
    place = int.from_bytes(sha256(f"{feature}:{organization_id}".encode()).digest()[:8], "big") % 100
    return place < percentage


def limits_of(organization_ids: Sequence[UUID]) -> Query[dict[UUID, dict[str, int | None]]]:
    """Return the limits of the organizations that the context shows, overrides included."""
    statement = Statement(
        """
        SELECT o.id, s.plan_key, (
            SELECT coalesce(jsonb_object_agg(v.key, v.value), '{}') FROM plans_override v
            WHERE v.organization_id = o.id AND v.kind = 'limit'
                AND (v.ends_at IS NULL OR v.ends_at > clock_timestamp() + o.clock_offset))
        FROM accounts_organization o
        LEFT JOIN plans_subscription s ON s.organization_id = o.id AND s.ended_at IS NULL
        WHERE o.id = ANY(%s)
        """,
        [list(organization_ids)],
    )
    plans = current_book().plans
    return Query(
        statement,
        lambda rows: {id_: {**plans[key or FREE_PLAN].limits, **json.loads(own)} for id_, key, own in rows},
    )


def current_book() -> PriceBookTerms:
    """Return the price book that is in effect now."""
    statement = Statement("SELECT max(version) FROM plans_price_book WHERE effective_at <= clock_timestamp()")
    return price_book.load(Query(statement, lambda rows: rows[0][0]).fetch())


def staff_grant_tokens_max() -> int | None:
    """Return how many tokens staff may grant in one go; None is unlimited. `sql/staff_grants.sql` refuses more."""
    return current_book().plans[FREE_PLAN].limits["staff_grant_tokens_max"]
