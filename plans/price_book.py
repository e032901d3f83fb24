"""A version of the price book as an immutable value, read once per process."""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from plans import models


@dataclass(frozen=True)
class PlanTerms:
    """A plan's price a month, its allowance, features and limits (None: unlimited), and the price of overage tokens."""

    key: str
    name: str
    rank: int
    monthly_price: Decimal
    monthly_tokens: int
    rollover_tokens_max: int
    features: frozenset[str]
    limits: dict[str, int | None]
    overage_token_price: Decimal | None = None

    @property
    def customer_limits(self) -> dict[str, int | None]:
        """Return the limits that concern customers: not those of what staff may do."""
        return {key: value for key, value in self.limits.items() if key not in STAFF_LIMITS}


@dataclass(frozen=True)
class PackTerms:
    """Tokens for sale in one go."""

    key: str
    name: str
    price: Decimal
    tokens: int


@dataclass(frozen=True)
class PaymentFee:
    """The processor's fee of a payment: a percentage and a fixed sum, in dollars. `source` says who published it."""

    percent: Decimal
    fixed: Decimal
    source: str

    def of(self, amount: Decimal) -> Decimal:
        """Return the fee of one payment, to the cent; nothing costs nothing."""
        if not amount:
            return Decimal(0)
        return (amount * self.percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) + self.fixed


@dataclass(frozen=True)
class PriceBookTerms:
    """Everything that is sold and limited, as one version."""

    version: int
    fee: PaymentFee
    plans: dict[str, PlanTerms]
    operation_prices: dict[str, int]
    packs: dict[str, PackTerms]

    @property
    def features(self) -> frozenset[str]:
        """Return every feature that any plan has."""
        return frozenset().union(*(plan.features for plan in self.plans.values()))


@dataclass(frozen=True)
class AgreedTerms:
    """What one organization agreed to pay and get a month on a plan: see Note [Prices pinned] in `plans.agreements`.

    Custom ones are no version of the price book; `pack_prices` are pairs of a pack's key and its price in dollars.
    """

    plan_key: str
    version: int
    monthly_price: Decimal
    monthly_tokens: int
    overage_token_price: Decimal | None = None
    pack_prices: tuple[tuple[str, Decimal], ...] = ()
    is_custom: bool = False

    def on(self, plan: PlanTerms) -> PlanTerms:
        """Return the plan at what was agreed."""
        return replace(
            plan,
            monthly_price=self.monthly_price,
            monthly_tokens=self.monthly_tokens,
            overage_token_price=self.overage_token_price or plan.overage_token_price,
        )


def terms_of(version: int, plan: PlanTerms) -> AgreedTerms:
    """Return what a version sells a plan for."""
    return AgreedTerms(plan.key, version, plan.monthly_price, plan.monthly_tokens, plan.overage_token_price)


FREE_PLAN = "starter"
"""The plan of an organization without a subscription."""

TRIAL_PLAN = "pro"
"""The plan of which a new organization may have a trial, of `trial_days` and `trial_tokens`; 0: none is offered."""

USUAL_PLAN = "pro"
"""The plan that the comparison marks as the usual choice."""

TRIAL_DAYS_MAX, TRIAL_TOKENS_MAX = 365, 1_000
"""What a price book may offer at most."""

# Note [Keys that a version lacks]
#     A version in effect never changes, and so it lacks the keys that came later. They read as their defaults,
#     which therefore never change either; a new draft states them all. A new key is a line here, not a migration.
DEFAULT_LIMITS: dict[str, int | None] = {
    "requests_per_minute": 30,
    "minimum_gap_seconds": 3,
    "request_tokens_max": 10,
    "output_tokens_max": 2000,
    "hourly_tokens_flag": 500,
    "failed_attempts_max": 5,
    "failed_window_seconds": 900,
    "block_seconds": 900,
    "key_requests_per_minute": 600,
    "webhook_endpoints": 10,
    "offline_after_days": 14,
    "suspended_after_days": 30,
    "gift_days": 30,
    "gift_tokens_max": 10_000,
    "gift_tokens_a_month_max": 50_000,
    "quota_gift_tokens_max": 1_000,
    "invitations_a_day": 20,
    "staff_grant_tokens_max": 10_000,
    "ended_after_days": 60,
    "trial_days": 14,
    "trial_tokens": 9,
}
STAFF_LIMITS = frozenset({"staff_grant_tokens_max"})
"""Limits of what staff may do: no customer sees them, no override raises them."""
DEFAULT_OPERATION_PRICES = {"quest": 3, "lead_list": 5, "revenue_forecast": 4}


@lru_cache(maxsize=16)
def load(version: int) -> PriceBookTerms:
    """Return a version that is in effect; it never changes, so it is read once: Note [Keys that a version lacks]."""
    book = read(version)
    return replace(
        book,
        plans={key: replace(plan, limits={**DEFAULT_LIMITS, **plan.limits}) for key, plan in book.plans.items()},
        operation_prices={**DEFAULT_OPERATION_PRICES, **book.operation_prices},
    )


@lru_cache(maxsize=4096)
def load_agreed(version: int, own_plan_key: str, agreed: tuple[AgreedTerms, ...]) -> PriceBookTerms:
    """Return a version with what an organization agreed to in its place; pack prices are those of its own plan."""
    book = load(version)
    plans = {terms.plan_key: terms.on(book.plans[terms.plan_key]) for terms in agreed if terms.plan_key in book.plans}
    own = {key: price for terms in agreed if terms.plan_key == own_plan_key for key, price in terms.pack_prices}
    packs = {key: replace(pack, price=own.get(key, pack.price)) for key, pack in book.packs.items()}
    return replace(book, plans={**book.plans, **plans}, packs=packs)


def read(version: int) -> PriceBookTerms:
    """Return what a version states now; a draft may still change."""
    book = models.PriceBook.objects.get(version=version)
    limits = list(book.limits.all())
    return PriceBookTerms(
        version=version,
        fee=PaymentFee(book.fee_percent, book.fee_fixed, book.fee_source),
        plans={plan.key: _plan(plan, limits) for plan in book.plans.prefetch_related("features")},
        operation_prices={price.operation: price.tokens for price in book.operation_prices.all()},
        packs={
            pack.key: PackTerms(pack.key, pack.name, pack.price, pack.tokens) for pack in book.packs.order_by("price")
        },
    )


def _plan(plan: models.Plan, limits: list[models.Limit]) -> PlanTerms:
    shared = {limit.key: limit.value for limit in limits if limit.plan_id is None}
    own = {limit.key: limit.value for limit in limits if limit.plan_id == plan.pk}
    return PlanTerms(
        key=plan.key,
        name=plan.name,
        rank=plan.rank,
        monthly_price=plan.monthly_price,
        monthly_tokens=plan.monthly_tokens,
        rollover_tokens_max=plan.rollover_tokens_max,
        features=frozenset(row.feature for row in plan.features.all()),
        limits={**shared, **own},
        overage_token_price=plan.overage_token_price,
    )
