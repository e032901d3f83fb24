"""Read balances, buckets, holds, quotas and ledger lines."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, F, Func, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import Now

from saas.accounts.queries import member_name
from saas.kernel import tenancy
from saas.kernel.errors import NotFound
from saas.kernel.transactions import Query, Row, Statement
from tokens.kinds import EntryKind, Source
from tokens.models import Account, Bucket, Entry, Hold, Quota
from tokens.prediction import BURN_DAYS, Burn, RunOut, Share, Stock, is_alarming, run_out


@dataclass(frozen=True)
class Position:
    """What can be spent right now; frozen tokens exist but cannot. Whole tokens.

    `overage` is the part of `available` that is billed as it is spent.
    """

    available: int
    held: int
    debt: int
    frozen: int
    overage: int

    @property
    def prepaid(self) -> int:
        """Return what can be spent without a further bill."""
        return self.available - self.overage


@dataclass(frozen=True)
class Balance:
    """The position, the buckets it consists of in burn order, and when the allowance resets."""

    position: Position
    buckets: list[Bucket]
    resets_at: datetime | None
    suspended: bool

    def is_frozen(self, bucket: Bucket) -> bool:
        """Return True if it cannot be spent: bought, given and overage tokens are frozen while a payment is overdue."""
        waits = bucket.source in (Source.PURCHASE, Source.GIFT, Source.OVERAGE)
        return bucket.frozen_at is not None or (self.suspended and waits)


POSITION = Query(
    Statement("SELECT available, held, debt, frozen, overage FROM tokens_position()"), lambda rows: Position(*rows[0])
)
"""Ask what the organization can spend; expired holds count as free already."""


LOW = Query(
    Statement("SELECT level FROM tokens_gauge WHERE organization_id = organization_acting()"),
    lambda rows: bool(rows and rows[0][0]),
)
"""Ask whether the balance is at or below 20 % of the allowance, as far as `tokens.alerts` has read."""


def position() -> Position:
    """Return what the organization can spend right now."""
    return POSITION.fetch()


BURN_ORDER = (
    Case(When(source=Source.OVERAGE, then=Value(1)), default=Value(0)),
    F("expires_at").asc(nulls_last=True),
    Case(
        When(source=Source.PLAN, then=Value(0)),
        When(source__in=[Source.PROMO, Source.GIFT], then=Value(1)),
        When(source=Source.ADJUSTMENT, then=Value(2)),
        default=Value(3),
    ),
    "id",
)
"""The order in which tokens_hold_place takes from buckets."""


def balance() -> Balance:
    """Return the position with its live buckets."""
    account = Account.objects.get(organization_id=tenancy.current_organization_id())
    live = Bucket.objects.filter(expired_at=None).exclude(remaining=0, held=0).order_by(*BURN_ORDER)
    return Balance(position(), list(live), account.resets_at, account.suspended_at is not None)


def _burn(rows: list[Row]) -> tuple[datetime, Burn]:
    """Read BURN: one row a day, operation and user, and the one of them all, which is there without any other."""
    [(now, days)] = {(now, days) for now, days, *_ in rows}
    daily = [0] * days
    operations, users = [], []
    for _, _, day, operation, user_id, tokens in rows:
        if day is not None:
            daily[min(day, days - 1)] += tokens
        elif operation is not None:
            operations.append(Share(operation, tokens))
        elif user_id is not None:
            users.append(Share(user_id, tokens))
    largest = [max(shares, key=lambda share: share.tokens, default=None) for shares in (operations, users)]
    return now, Burn(daily, operation=largest[0], user=largest[1] if len(users) > 1 else None)


BURN = Query(
    Statement(
        """
        WITH clock AS MATERIALIZED (SELECT organization_now() AS now),
        span AS MATERIALIZED (SELECT now, least(%s, greatest(1, ceil(extract(epoch FROM now - coalesce((
            SELECT created_at FROM tokens_entry WHERE organization_id = organization_acting() AND seq = 1
        ), (
            SELECT (opening ->> 'events_until')::timestamptz FROM audit_beginning
            WHERE organization_id = organization_acting()
        ), now)) / 86400)))::int AS days FROM clock)
        SELECT s.now, s.days, b.day, b.operation, b.user_id, b.tokens FROM span s, LATERAL (
            SELECT floor(extract(epoch FROM s.now - h.created_at) / 86400)::int AS day, h.operation, h.user_id,
                coalesce(sum(h.settled_tokens), 0)::int AS tokens
            FROM tokens_hold h
            WHERE h.organization_id = organization_acting() AND h.status = 'settled'
                AND h.created_at > s.now - s.days * interval '1 day' AND h.created_at <= s.now
            GROUP BY GROUPING SETS ((1), (h.operation), (h.user_id), ())
        ) b
        """,
        (BURN_DAYS,),
    ),
    _burn,
)
"""Ask what was burnt in the last BURN_DAYS days, or since the first grant, on what and by whom: one index scan.

Whose first grant is in a file had it long ago.
"""


@dataclass(frozen=True)
class BurnForecast:
    """How fast the tokens go (a day), when they run out if they do before the reset, and what drives it, in words.

    `is_alarming` says that it is time to warn.
    """

    a_day: float
    run_out: RunOut | None
    driver: str
    is_alarming: bool


def burn_forecast(balance: Balance) -> BurnForecast:
    """Predict how long a balance lasts; what is frozen cannot be spent and does not count."""
    now, burn = BURN.fetch()
    spendable = () if balance.suspended else balance.buckets
    usable = [bucket for bucket in spendable if bucket.remaining and not balance.is_frozen(bucket)]
    stocks = [Stock(bucket.remaining, bucket.expires_at) for bucket in usable]
    predicted = run_out(burn=burn, stocks=stocks, now=now, resets_at=balance.resets_at)
    return BurnForecast(burn.a_day, predicted, _driver(burn), is_alarming(burn, predicted, now))


def pace() -> float:
    """Return how many tokens a day were spent lately."""
    return BURN.fetch()[1].a_day


def _driver(burn: Burn) -> str:
    """Return a sentence that names the operation, and of several people the person, that spent most."""
    if burn.operation is None or not burn.tokens:
        return ""
    name = str(burn.operation.of).replace("_", " ").capitalize()
    span = f"last {len(burn.daily)} days" if len(burn.daily) > 1 else "last day"
    words = f"{name}: {100 * burn.operation.tokens // burn.tokens} % of the {span}"
    user = burn.user
    return f"{words}; {member_name(UUID(str(user.of)))}: {100 * user.tokens // burn.tokens} %" if user else words


def granted(business_key: str) -> int:
    """Return the tokens that were granted under the key, spent or not."""
    return Bucket.objects.filter(business_key=business_key).values_list("granted", flat=True).first() or 0


def keys_of(*, prefix: str, expires_at: datetime) -> list[str]:
    """Return the keys with this beginning whose tokens expire, or expired, at this instant."""
    found = Bucket.objects.filter(business_key__startswith=prefix, expires_at=expires_at)
    return list(found.order_by("business_key").values_list("business_key", flat=True))


def remaining(business_key: str) -> int:
    """Return the tokens of the bucket granted under the key that can still be held."""
    return Bucket.objects.filter(business_key=business_key).values_list("remaining", flat=True).first() or 0


def remaining_of(source: Source) -> int:
    """Return the tokens of a source that can still be held."""
    return int(Bucket.objects.filter(source=source, expired_at=None).aggregate(left=Sum("remaining"))["left"] or 0)


def entries() -> QuerySet[Entry]:
    """Return the ledger, newest first."""
    return Entry.objects.select_related("bucket").order_by("-seq")


def entries_of(transaction_id: UUID) -> QuerySet[Entry]:
    """Return the lines of one transaction, oldest first."""
    return Entry.objects.select_related("bucket").filter(transaction_id=transaction_id).order_by("seq")


def holds() -> QuerySet[Hold]:
    """Return the holds, newest first."""
    return Hold.objects.order_by("-created_at", "-id")


def hold(transaction_id: UUID) -> Hold | None:
    """Return one hold, or None."""
    return Hold.objects.filter(id=transaction_id).first()


def _of_quota(function: str) -> Func:
    return Func(function=function, template="%(function)s(tokens_quota)", output_field=IntegerField())


def quotas() -> QuerySet[Quota]:
    """Return the organization's quotas, each with what it `allowed` for the present period and what is `used` of it."""
    counted = Quota.objects.annotate(used=_of_quota("tokens_quota_used"), allowed=_of_quota("tokens_quota_allowed"))
    return counted.order_by("scope", "id")


def find_quota(quota_id: UUID) -> Quota:
    """Return one quota with what is `used` of it; raise NotFound for a foreign or unknown id."""
    quota = quotas().filter(id=quota_id).first()
    if quota is None:
        raise NotFound("There is no such quota.")
    return quota


@dataclass(frozen=True)
class AllowancePeriod:
    """The present allowance period, since <= t < until; the month in UTC where there is no allowance."""

    since: datetime
    until: datetime


_PERIOD = """
    SELECT tokens_period_since(a) AS since, coalesce(
            a.resets_at, (date_trunc('month', organization_now() AT TIME ZONE 'UTC') + '1 month') AT TIME ZONE 'UTC')
    FROM tokens_account a WHERE a.organization_id = organization_acting()
"""


def period() -> AllowancePeriod:
    """Return the present period, in which quotas count."""
    return Query(Statement(_PERIOD), lambda rows: AllowancePeriod(*rows[0])).fetch()


def used_by_subject() -> dict[UUID, int]:
    """Return the tokens that the organization, each user and each department spent or holds in the present period."""
    statement = Statement(
        f"""
        WITH period (since, until) AS ({_PERIOD}), used AS (
            SELECT h.user_id, h.department_id,
                sum(CASE WHEN h.ended_at IS NULL THEN h.tokens ELSE h.settled_tokens END) AS tokens
            FROM tokens_hold h, period WHERE h.organization_id = organization_acting() AND h.created_at >= period.since
                AND (h.ended_at IS NOT NULL OR h.expires_at > organization_now())
            GROUP BY h.user_id, h.department_id
        )
        SELECT subject, sum(tokens)::int
        FROM used, unnest(ARRAY[organization_acting(), user_id, department_id]) AS subject
        WHERE subject IS NOT NULL GROUP BY subject
        """
    )
    return Query(statement, lambda rows: dict(rows)).fetch()


@dataclass(frozen=True)
class Allotment:
    """The state of an allotment in tokens: `used` for good, `held` by open holds, `remaining` to spend."""

    used: int
    held: int
    remaining: int


def allotment(*, source: Source, key: str) -> Allotment:
    """Return the state of an allotment; see `tokens.actions.allot`."""
    statement = Statement("SELECT used, held, remaining FROM tokens_allotment(%s, %s)", (source, key))
    return Query(statement, lambda rows: Allotment(*rows[0])).fetch()


def holds_from(source: Source) -> bool:
    """Return True if an open hold has tokens of the source."""
    return Bucket.objects.filter(source=source, held__gt=0).exists()


def last_entry() -> int:
    """Return the number of the ledger's newest line. Under the organization's lock none before it is missing."""
    return Account.objects.values_list("entry_seq", flat=True).get(organization_id=tenancy.current_organization_id())


def settled_from(source: Source, *, after: int) -> QuerySet[Entry]:
    """Return the lines numbered above `after` that charged tokens of the source, oldest first."""
    return Entry.objects.filter(seq__gt=after, kind=EntryKind.SETTLE, bucket__source=source).order_by("seq")


@dataclass(frozen=True)
class QuotaUse:
    """A quota with what is used of it."""

    scope: str
    limit: int
    used: int


def tightest_quota(*, user_id: UUID, department_id: UUID | None) -> Query[QuotaUse | None]:
    """Return the query of the quota that leaves this person the fewest tokens."""
    return Query(
        Statement(
            """
            SELECT q.scope, tokens_quota_allowed(q) AS allowed, tokens_quota_used(q) AS used FROM tokens_quota q
            WHERE q.organization_id = organization_acting() AND q.subject_id IN (q.organization_id, %s, %s)
            ORDER BY tokens_quota_allowed(q) - tokens_quota_used(q) LIMIT 1
            """,
            (department_id, user_id),
        ),
        lambda rows: QuotaUse(*rows[0]) if rows else None,
    )


def suspended_organizations() -> QuerySet[Account, UUID]:
    """Return the ids of organizations whose spending is stopped; for jobs in the system context."""
    return Account.objects.filter(suspended_at__isnull=False).values_list("organization_id", flat=True)


def organizations_to_sweep() -> list[UUID]:
    """Return the organizations with holds or buckets whose time is over; for jobs in the system context."""
    holds = Hold.objects.filter(ended_at=None, expires_at__lte=Now()).values_list("organization_id", flat=True)
    buckets = Bucket.objects.filter(expired_at=None, expires_at__lte=Now()).values_list("organization_id", flat=True)
    return list(holds.order_by().union(buckets.order_by()))


GROUPS = {
    "day": "to_char(h.created_at AT TIME ZONE %s, 'YYYY-MM-DD')",
    "feature": "CASE WHEN h.price_book_version IS NULL THEN 'metering' ELSE h.operation END",
    "purpose": "CASE WHEN h.price_book_version IS NULL THEN h.operation END",
    "user": "h.user_id::text",
    "department": "h.department_id::text",
}
"""What usage can be grouped by; days are those of the organization's time zone.

What has no price in the price book is an integrator's own AI: the feature is metering, and its purpose is theirs.
"""


@dataclass(frozen=True)
class TokenUsage:
    """Tokens spent in one group, by how many operations."""

    group: str | None
    tokens: int
    operations: int


def usage(*, group_by: str, since: datetime, until: datetime, timezone: str) -> list[TokenUsage]:
    """Return tokens settled by holds placed in since <= t < until, grouped by a key of GROUPS."""
    expression = GROUPS[group_by]
    statement = Statement(
        f"""
        SELECT {expression} AS place, sum(h.settled_tokens)::int, count(*)::int FROM tokens_hold h
        WHERE h.organization_id = organization_acting() AND h.status = 'settled'
            AND h.created_at >= %s AND h.created_at < %s
        GROUP BY place ORDER BY place
        """,
        (*([timezone] if "%s" in expression else []), since, until),
    )
    return Query(statement, lambda rows: [TokenUsage(*row) for row in rows]).fetch()


@dataclass(frozen=True)
class DayUsage:
    """Tokens spent on one day in one group, by how many operations."""

    day: date
    group: str | None
    tokens: int
    operations: int


def usage_by_day(*, group_by: str, since: datetime, until: datetime, timezone: str) -> list[DayUsage]:
    """Return like `usage` for each day, in the organization's time zone; `group_by` is a key of GROUPS but `day`."""
    statement = Statement(
        f"""
        SELECT (h.created_at AT TIME ZONE %s)::date AS day, {GROUPS[group_by]} AS place,
            sum(h.settled_tokens)::int, count(*)::int
        FROM tokens_hold h
        WHERE h.organization_id = organization_acting() AND h.status = 'settled'
            AND h.created_at >= %s AND h.created_at < %s
        GROUP BY day, place ORDER BY day, place
        """,
        (timezone, since, until),
    )
    return Query(statement, lambda rows: [DayUsage(*row) for row in rows]).fetch()
