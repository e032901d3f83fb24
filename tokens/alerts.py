"""Alerts from the audit log: balances that fell to a warning level, and quotas that refused a person.

A reader of the stream, so that a hold waits for nobody: see `audit.reading`. What it finds are events again,
which notifications and webhooks read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from uuid import UUID

from audit import queries as audit
from audit.actions import record
from audit.reading import StreamEvent, follow_all, read_on
from saas.accounts import queries as accounts
from saas.kernel import tenancy
from saas.kernel.transactions import Statement, run_batch
from tokens import gauge, queries
from tokens.events import BalanceLow, BalanceRunningOut, BalanceUsedUp, QuotaReached
from tokens.gauge import LedgerLine, Reading
from tokens.kinds import QuotaScope
from tokens.models import Gauge
from tokens.queries import period

READER = "token alerts"
MOVES = frozenset({"hold.settled", "tokens.granted", "tokens.clawed", "tokens.reinstated", "tokens.expired"})
REFUSAL = "operation.refused"


def watch() -> int:
    """Record marks crossed and quotas reached since the last time; return how many. Needs the system context.

    Closed organizations are left out.
    """
    follow_all(READER)
    return read_on(READER, kinds=[*MOVES, REFUSAL], take=_take)


def _take(events: Sequence[StreamEvent]) -> int:
    """Record what follows from an organization's events, in the reader's commit."""
    organization_id = events[0].organization_id
    recorded = 0
    if any(event.kind in MOVES for event in events) and not accounts.closed_among([organization_id]):
        crossings = _read_gauge(organization_id)
        for reading in crossings:
            _record_low(organization_id, reading)
        recorded = len(crossings) + _record_run_out(organization_id, low=bool(crossings))
    refused = [event for event in events if event.kind == REFUSAL and event.data.get("code") == "quota_reached"]
    return recorded + sum(map(_record_quota, refused))


def _read_gauge(organization_id: UUID) -> list[Reading]:
    """Read the organization's new lines; return the readings at which a mark was crossed."""
    fields = ("entry_seq", "total", "reference", "reference_until", "level")
    stored = Gauge.objects.filter(organization_id=organization_id).values_list(*fields).first()
    reading = Reading(*stored) if stored else Reading()
    crossings = []
    for line in _lines(organization_id):
        reading, crossed = gauge.after(reading, line)
        crossings += [reading] if crossed else []
    Gauge.objects.bulk_create(
        [Gauge(organization_id=organization_id, **asdict(reading))],
        update_conflicts=True,
        unique_fields=["organization_id"],
        update_fields=fields,
    )
    return crossings


def _lines(organization_id: UUID) -> list[LedgerLine]:
    statement = Statement(
        """
        SELECT e.seq, e.kind, e.tokens, e.held, e.created_at,
            coalesce(b.source, ''), coalesce(b.granted, 0), b.expires_at
        FROM tokens_entry e LEFT JOIN tokens_bucket b ON b.organization_id = e.organization_id AND b.id = e.bucket_id
        WHERE e.organization_id = %s
            AND e.seq > coalesce((SELECT entry_seq FROM tokens_gauge WHERE organization_id = %s), 0)
        ORDER BY e.seq
        """,
        [organization_id, organization_id],
    )
    [rows] = run_batch(statement)
    return [LedgerLine(*values) for values in rows]


def _record_low(organization_id: UUID, reading: Reading) -> None:
    percent = gauge.MARKS[reading.level - 1]
    kind = BalanceLow if percent else BalanceUsedUp
    with tenancy.organization(organization_id):
        record(kind(left=reading.total, of=reading.reference, percent=percent))


def _record_run_out(organization_id: UUID, *, low: bool) -> int:
    """Warn that the tokens may run out soon, once until they do not; return 1 if this did.

    `low` says that a low balance was recorded just now: two warnings in a minute are noise.
    """
    with tenancy.organization(organization_id):
        balance = queries.balance()
        forecast = queries.burn_forecast(balance)
        run_out, soon = forecast.run_out, forecast.is_alarming
        if not Gauge.objects.filter(organization_id=organization_id, run_out_told=not soon).update(run_out_told=soon):
            return 0
        if run_out is None or not soon or low:
            return 0
        left = balance.position.available
        record(BalanceRunningOut(left=left, runs_out_at=run_out.p50, soonest_at=run_out.p10))
    return 1


def _record_quota(refused: StreamEvent) -> int:
    """Record a quota that refused somebody, once for its limit in a period; return 1 if this did."""
    quota = {name: refused.data.get(name) for name in ("scope", "limit")}
    subject = refused.data.get(_SUBJECTS.get(str(quota["scope"]), ""), str(refused.organization_id))
    data = {**quota, "subject": subject, "user": refused.data.get("user")}
    with tenancy.organization(refused.organization_id):
        recorded = audit.found(kind="quota.reached", since=period().since).values_list("data", flat=True)
        if _same(data, recorded):
            return 0
        record(QuotaReached.from_payload(data))
    return 1


_SUBJECTS = {QuotaScope.USER.value: "user", QuotaScope.DEPARTMENT.value: "department"}


def _same(data: dict[str, object], recorded: Iterable[dict[str, object]]) -> bool:
    return any(all(each.get(name) == data[name] for name in ("scope", "subject", "limit")) for each in recorded)
