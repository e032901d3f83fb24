"""Alerts that follow from the stream: balances that fell to a mark, quotas that refused somebody.

A reader of the stream, so that a hold waits for nobody: see `audit.reading`. What it finds are events again,
which notifications and webhooks read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from uuid import UUID

from audit import queries as audit
from audit.actions import record
from audit.reading import StreamEvent, follow_all, read_on
from saas.accounts import queries as accounts
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.transactions import Statement, together
from tokens import gauge, queries
from tokens.gauge import Line, Reading
from tokens.kinds import QuotaScope
from tokens.models import Gauge
from tokens.queries import period

READER = "token alerts"
MOVES = frozenset({"hold.settled", "tokens.granted", "tokens.clawed", "tokens.reinstated", "tokens.expired"})
REFUSAL = "operation.refused"


def watch() -> int:
    """Tell of marks crossed and quotas reached since the last time; return how many. Needs the system context.

    Organizations that are closed are told nothing.
    """
    follow_all(READER)
    return read_on(READER, kinds=[*MOVES, REFUSAL], take=_take)


def _take(events: Sequence[StreamEvent]) -> int:
    moved = sorted({event.organization_id for event in events if event.kind in MOVES})
    closed = accounts.closed_among(moved)
    crossings = [(whose, reading) for whose, reading in _read_gauges(moved) if whose not in closed]
    for organization_id, reading in crossings:
        _tell_low(organization_id, reading)
    low = {organization_id for organization_id, _ in crossings}
    warned = sum(_tell_run_out(whose, told=whose in low) for whose in moved if whose not in closed)
    refused = [event for event in events if event.kind == REFUSAL and event.data.get("code") == "quota_reached"]
    return len(crossings) + warned + sum(map(_tell_quota, refused))


def _read_gauges(organization_ids: list[UUID]) -> list[tuple[UUID, Reading]]:
    """Read each organization's new lines; return the readings at which a mark was crossed."""
    fields = ("entry_seq", "total", "reference", "reference_until", "level")
    kept = Gauge.objects.filter(organization_id__in=organization_ids).values_list("organization_id", *fields)
    readings = {organization_id: Reading(*values) for organization_id, *values in kept}
    crossings = []
    for organization_id, lines in groupby(_lines(organization_ids), key=lambda row: row[0]):
        reading = readings.get(organization_id, Reading())
        for _, line in lines:
            reading, crossed = gauge.after(reading, line)
            crossings += [(organization_id, reading)] if crossed else []
        readings[organization_id] = reading
    Gauge.objects.bulk_create(
        [Gauge(organization_id=organization_id, **asdict(reading)) for organization_id, reading in readings.items()],
        update_conflicts=True,
        unique_fields=["organization_id"],
        update_fields=fields,
    )
    return crossings


def _lines(organization_ids: list[UUID]) -> Iterator[tuple[UUID, Line]]:
    statement = Statement(
        """
        SELECT e.organization_id, e.seq, e.kind, e.tokens, e.held, e.created_at,
            coalesce(b.source, ''), coalesce(b.granted, 0), b.expires_at
        FROM unnest(%s::uuid[]) AS moved (id) LEFT JOIN tokens_gauge g ON g.organization_id = moved.id
        JOIN tokens_entry e ON e.organization_id = moved.id AND e.seq > coalesce(g.entry_seq, 0)
        LEFT JOIN tokens_bucket b ON b.organization_id = e.organization_id AND b.id = e.bucket_id
        ORDER BY e.organization_id, e.seq
        """,
        [organization_ids],
    )
    [rows] = together(statement)
    return ((organization_id, Line(*values)) for organization_id, *values in rows)


def _tell_low(organization_id: UUID, reading: Reading) -> None:
    percent = gauge.MARKS[reading.level - 1]
    data = {"left": reading.total, "of": reading.reference, "percent": percent}
    with tenancy.organization(organization_id):
        record(kind="balance.low" if percent else "balance.used_up", data=data)


def _tell_run_out(organization_id: UUID, *, told: bool) -> int:
    """Warn that the tokens may run out soon, once until they do not; return 1 if this did.

    `told` says that a low balance was told just now: the same thing twice in a minute is noise.
    """
    with tenancy.organization(organization_id):
        balance = queries.balance()
        run_out = queries.prospect(balance).run_out
        soon = run_out is not None and run_out.is_soon(database_now())
        if not Gauge.objects.filter(organization_id=organization_id, run_out_told=not soon).update(run_out_told=soon):
            return 0
        if run_out is None or not soon or told:
            return 0
        record(kind="balance.running_out", data={"left": balance.position.available, "runs_out_at": run_out.p50})
    return 1


def _tell_quota(refused: StreamEvent) -> int:
    """Tell of a quota that refused somebody, once for its limit in a period; return 1 if this did."""
    facts = {name: refused.data.get(name) for name in ("scope", "limit")}
    subject = refused.data.get(_SUBJECTS.get(str(facts["scope"]), ""), str(refused.organization_id))
    data = {**facts, "subject": subject, "user": refused.data.get("user")}
    with tenancy.organization(refused.organization_id):
        told = audit.found(kind="quota.reached", since=period().since).values_list("data", flat=True)
        if _same(data, told):
            return 0
        record(kind="quota.reached", data=data)
    return 1


_SUBJECTS = {QuotaScope.USER.value: "user", QuotaScope.DEPARTMENT.value: "department"}


def _same(data: dict[str, object], told: Iterable[dict[str, object]]) -> bool:
    return any(all(each.get(name) == data[name] for name in ("scope", "subject", "limit")) for each in told)
