"""A version of the price book as an immutable value, read once per process."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from plans import models


@dataclass(frozen=True)
class Plan:
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


@dataclass(frozen=True)
class Pack:
    """Tokens for sale in one go."""

    key: str
    name: str
    price: Decimal
    tokens: int


@dataclass(frozen=True)
class PaymentFee:
    """What is kept back of each payment: a percentage and a fixed sum, in dollars. `source` says who told."""

    percent: Decimal
    fixed: Decimal
    source: str

    def of(self, amount: Decimal) -> Decimal:
        """Return the fee of one payment, to the cent; nothing costs nothing."""
        if not amount:
            return Decimal(0)
        return (amount * self.percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) + self.fixed


@dataclass(frozen=True)
class PriceBook:
    """Everything that is sold and limited, as one version."""

    version: int
    fee: PaymentFee
    plans: dict[str, Plan]
    operation_prices: dict[str, int]
    packs: dict[str, Pack]

    @property
    def features(self) -> frozenset[str]:
        """Return every feature that any plan has."""
        return frozenset().union(*(plan.features for plan in self.plans.values()))


FREE_PLAN = "starter"
"""The plan of an organization without a subscription."""


@lru_cache(maxsize=16)
def load(version: int) -> PriceBook:
    """Return a version that is in effect; it never changes, so it is read once."""
    return read(version)


def read(version: int) -> PriceBook:
    """Return a version as it is now; a draft may still change."""
    book = models.PriceBook.objects.get(version=version)
    limits = list(book.limits.all())
    return PriceBook(
        version=version,
        fee=PaymentFee(book.fee_percent, book.fee_fixed, book.fee_source),
        plans={plan.key: _plan(plan, limits) for plan in book.plans.prefetch_related("features")},
        operation_prices={price.operation: price.tokens for price in book.operation_prices.all()},
        packs={pack.key: Pack(pack.key, pack.name, pack.price, pack.tokens) for pack in book.packs.order_by("price")},
    )


def _plan(plan: models.Plan, limits: list[models.Limit]) -> Plan:
    shared = {limit.key: limit.value for limit in limits if limit.plan_id is None}
    own = {limit.key: limit.value for limit in limits if limit.plan_id == plan.pk}
    return Plan(
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
