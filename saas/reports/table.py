"""The table of reports: their rows, columns and summary figures."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from audit import openings
from quests import queries as quests
from saas.accounts import queries as accounts
from saas.accounts.models import Organization
from saas.kernel import replica
from saas.kernel.clock import midnight
from saas.kernel.money import format_money
from saas.kernel.replica import ReplicaUnavailable
from saas.metering.operations import OPERATIONS, OWN_AI
from tokens import queries as ledger
from tokens.listing import balance_at

Cell = str | int | Decimal | date | datetime | None
CHUNK = 1000
"""Lines read at a time: a few milliseconds, a few hundred kilobytes."""


@dataclass(frozen=True)
class Span:
    """Whole days of the organization's time zone, both included."""

    organization: Organization
    first: date
    last: date

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the organization's time zone."""
        return ZoneInfo(self.organization.timezone)

    @property
    def since(self) -> datetime:
        """Return the instant at which the first day begins."""
        return midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """Return the instant at which the last day is over."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @cached_property
    def people(self) -> dict[UUID, str]:
        """Return the members' names."""
        return {member.user_id: str(member.user) for member in accounts.members()}

    @cached_property
    def departments(self) -> dict[UUID, str]:
        """Return the departments' names."""
        return {department.id: department.name for department in accounts.departments()}

    def local(self, at: datetime) -> datetime:
        """Return an instant in the organization's time zone."""
        return at.astimezone(self.zone)

    def money(self, amount: Decimal) -> str:
        """Return an amount in the organization's currency."""
        return format_money(amount, self.organization.currency)

    def person(self, user_id: UUID | None) -> str:
        """Return a member's name; nobody has none."""
        return self.people.get(user_id, "somebody who left") if user_id else ""


def shown(value: Cell) -> str:
    """Return a value as people read it."""
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


class InPdf(Enum):
    """What is done with a column in a PDF: codes are labels, percentages bars, figures have their total below.

    An id is left out, and so is a line with 0 in a column of CHANGES: of a balance, nothing changed.
    """

    TEXT = "text"
    LABEL = "label"
    BAR = "bar"
    TOTAL = "total"
    CHANGES = "changes"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Column:
    """A column; `share` is how wide it is on paper, beside the others."""

    name: str
    share: int = 2
    figure: bool = False
    in_pdf: InPdf = InPdf.TEXT


@dataclass(frozen=True)
class Report:
    """A report: its rows over a span, one line for each, and the figures above them.

    `sort` names the unique column by which rows are read, oldest first; `bars` are drawn above the lines on paper,
    each with its name.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Callable[[Span], "QuerySet[Any]"]
    line: Callable[[Any, Span], Sequence[Cell]]
    summary: Callable[[Span], Sequence[tuple[str, Cell]]]
    sort: str = "id"
    bars: Callable[[Span], Sequence[tuple[str, Decimal]]] | None = None

    def chunks(self, span: Span) -> Iterator[list[Sequence[Cell]]]:
        """Return the lines, CHUNK at a time."""
        for found in in_chunks(self.rows(span), self.sort):
            yield [self.line(row, span) for row in found]


def in_chunks(rows: "QuerySet[Any]", sort: str) -> Iterator[list[Any]]:
    """Return rows by a unique column, CHUNK at a time, each read on its own: no cursor stays open in between.

    Whoever takes them may write in between, although they are read from the replica.
    """
    rows = rows.order_by(sort)
    found = _read(rows)
    while found:
        yield found
        last = getattr(found[-1], sort)
        found = _read(rows.filter(**{f"{sort}__gt": last})) if len(found) == CHUNK else []


def _read(rows: "QuerySet[Any]") -> list[Any]:
    """Return CHUNK rows; of the primary where the replica cannot go on, for a file that is cut off looks whole."""
    try:
        with replica.reading():
            return list(rows[:CHUNK])
    except ReplicaUnavailable:
        return list(rows[:CHUNK])


def _name_of(operation: str) -> str:
    if operation == OWN_AI:
        return "your own AI"
    known = OPERATIONS.get(operation)
    return known.name if known else operation


# Goals: as they stand; the span chooses those that were set by its last day.


def _goals(span: Span) -> "QuerySet[Any]":
    return quests.goals_with_steps().filter(created_at__lt=span.until)


def _goal_line(goal: Any, span: Span) -> Sequence[Cell]:
    steps = f"{goal.done_count} of {goal.step_count}" if goal.step_count else ""
    return (
        goal.title,
        str(goal.state),
        goal.due_on,
        goal.target_amount,
        goal.current_amount,
        goal.left_amount,
        goal.progress_percent,
        steps,
    )


def _goal_summary(span: Span) -> Sequence[tuple[str, Cell]]:
    received = quests.revenue_entries().filter(received_on__gte=span.first, received_on__lte=span.last)
    return (
        ("Goals", _goals(span).count()),
        ("Reached", quests.in_state(_goals(span), "reached").count()),
        ("Received in these days", span.money(received.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))),
    )


# The month at a glance: what came in, in all and toward each goal, what was done, and what AI it took.


def _goals_of_month(span: Span) -> "QuerySet[Any]":
    return quests.goals_with_revenue(span.first, span.last).filter(created_at__lt=span.until)


def _month_line(goal: Any, span: Span) -> Sequence[Cell]:
    steps = f"{goal.done_count} of {goal.step_count}" if goal.step_count else ""
    received = goal.received_amount or Decimal(0)
    return (
        goal.title,
        str(goal.state),
        received,
        goal.current_amount,
        goal.target_amount,
        goal.progress_percent,
        steps,
    )


def _month_summary(span: Span) -> Sequence[tuple[str, Cell]]:
    received = sum(quests.received_in(span.first, span.last).values(), Decimal(0))
    by_feature = ledger.usage(group_by="feature", since=span.since, until=span.until, timezone=span.zone.key)
    return (
        ("Money in", span.money(received)),
        ("Goals reached", quests.in_state(_goals_of_month(span), "reached").count()),
        ("AI operations", sum(row.operations for row in by_feature)),
        ("Tokens spent", sum(row.tokens for row in by_feature)),
    )


BAR_DAYS_MAX = 62
"""Up to so many days a bar is a day, else a month."""


def _money_in(span: Span) -> Sequence[tuple[str, Decimal]]:
    """Return what came in by day, or of a long span by month; below zero where more went back."""
    received = quests.received_in(span.first, span.last)
    days = [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]
    form = "%-d %b" if len(days) <= BAR_DAYS_MAX else "%b %Y"
    bars: dict[str, Decimal] = {}
    for day in days:
        bars[f"{day:{form}}"] = bars.get(f"{day:{form}}", Decimal(0)) + received.get(day, Decimal(0))
    return list(bars.items())


# Usage: what was charged in the span, one line for each operation.


def _operations(span: Span) -> "QuerySet[Any]":
    return ledger.holds().filter(status="settled", created_at__gte=span.since, created_at__lt=span.until)


def _operation_line(hold: Any, span: Span) -> Sequence[Cell]:
    return (
        span.local(hold.created_at),
        hold.operation if hold.price_book_version is None else _name_of(hold.operation),
        span.person(hold.user_id),
        span.departments.get(hold.department_id, ""),
        hold.settled_tokens,
        str(hold.id),
    )


def _usage_summary(span: Span) -> Sequence[tuple[str, Cell]]:
    by_feature = ledger.usage(group_by="feature", since=span.since, until=span.until, timezone=span.zone.key)
    return (
        ("AI operations", sum(row.operations for row in by_feature)),
        ("Tokens spent", sum(row.tokens for row in by_feature)),
        *((f"of these on {_name_of(row.group or '')}", row.tokens) for row in by_feature),
        *_archived(span),
    )


# Tokens: the ledger's lines of the span.


def _entries(span: Span) -> "QuerySet[Any]":
    return ledger.entries().filter(created_at__gte=span.since, created_at__lt=span.until)


def _entry_line(entry: Any, span: Span) -> Sequence[Cell]:
    return (
        entry.seq,
        span.local(entry.created_at),
        entry.kind,
        entry.tokens,
        entry.balance_after,
        entry.bucket.source if entry.bucket else "",
        _name_of(entry.operation),
        span.person(entry.user_id),
        str(entry.transaction_id or ""),
    )


def _token_summary(span: Span) -> Sequence[tuple[str, Cell]]:
    just_before = timedelta(microseconds=1)
    return (
        ("Available before", _available_at(span.since - just_before)),
        ("Available after", _available_at(span.until - just_before)),
        ("Changes", _entries(span).exclude(tokens=0).count()),
        *_archived(span),
    )


def _available_at(instant: datetime) -> Cell:
    available = balance_at(instant)
    return "archived" if available is None else available


def _archived(span: Span) -> Sequence[tuple[str, Cell]]:
    """Return until when the ledger of these days was moved to the archive, if any of it was."""
    began = openings.beginning()
    if began is None or began.entries_until is None or began.entries_until < span.since:
        return ()
    return (("In the archive, up to", span.local(began.entries_until)),)


REPORTS = {
    report.key: report
    for report in (
        Report(
            "month",
            "Month at a glance",
            (
                Column("Goal", 6),
                Column("Status", in_pdf=InPdf.LABEL),
                Column("Received in these days", 3, figure=True, in_pdf=InPdf.TOTAL),
                Column("Received in all", 3, figure=True, in_pdf=InPdf.TOTAL),
                Column("Target", figure=True, in_pdf=InPdf.TOTAL),
                Column("Percent", 3, in_pdf=InPdf.BAR),
                Column("Steps done"),
            ),
            _goals_of_month,
            _month_line,
            _month_summary,
            bars=_money_in,
        ),
        Report(
            "goals",
            "Goals",
            (
                Column("Goal", 5),
                Column("Status", in_pdf=InPdf.LABEL),
                Column("Due"),
                Column("Target", figure=True, in_pdf=InPdf.TOTAL),
                Column("Received", figure=True, in_pdf=InPdf.TOTAL),
                Column("Left", figure=True, in_pdf=InPdf.TOTAL),
                Column("Percent", 3, in_pdf=InPdf.BAR),
                Column("Steps done"),
            ),
            _goals,
            _goal_line,
            _goal_summary,
        ),
        Report(
            "usage",
            "Usage",
            (
                Column("Time", 4),
                Column("Operation", 3),
                Column("Member", 5),
                Column("Department", 3),
                Column("Tokens", figure=True, in_pdf=InPdf.TOTAL),
                Column("Transaction", in_pdf=InPdf.LEFT_OUT),
            ),
            _operations,
            _operation_line,
            _usage_summary,
        ),
        Report(
            "tokens",
            "Tokens",
            (
                Column("Line", 1, figure=True),
                Column("Time", 4),
                Column("Kind", in_pdf=InPdf.LABEL),
                Column("Tokens", figure=True, in_pdf=InPdf.CHANGES),
                Column("Balance", figure=True),
                Column("Bucket", in_pdf=InPdf.LABEL),
                Column("Operation", 3),
                Column("Member", 4),
                Column("Transaction", in_pdf=InPdf.LEFT_OUT),
            ),
            _entries,
            _entry_line,
            _token_summary,
            sort="seq",
        ),
    )
}
