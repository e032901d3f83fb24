"""Mails with figures: a month when it is over, and on Mondays the goals that are behind.

Both are one event an organization, which each member is notified of unless they switched it off. The audit log says
what was sent, so a month and a Monday are sent once, whatever is repeated. What people read is worked out when the
notification is made.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from audit import queries as audit
from audit.actions import record
from audit.events import AuditEvent
from licensing.queries import license_status
from quests import queries
from quests.events import GoalsBehind, MonthEnded
from quests.features.words import money, plural
from quests.models import GoalStatus
from quests.pace import PaceState
from quests.queries import GoalWithPace
from quests.steps.reminders import FIRST_HOUR, LAST_HOUR
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now, midnight, today_in
from saas.kernel.items import for_each_organization
from saas.kernel.transactions import Statement, run_batch
from tokens import queries as ledger

MONTHS_JOB, PACE_JOB = "send months", "send goals behind"
CATCH_UP_DAYS = 2
"""On how many days of a month the one before it is sent, should nothing have run on the first."""
ACTIVE_DAYS = 28
"""Goals are behind to those who did something in so many days, and overdue ones for no longer than that."""
RECORDED_DAYS = 45
"""How far back the audit log is searched for what was sent."""


def summarize_all() -> int:
    """Send the months that are over and, on Mondays, the goals that are behind; return how many of both.

    Safe twice, late and in parallel.
    """
    with tenancy.system():
        months = for_each_organization(MONTHS_JOB, _with_month_over(), _send_month)
        return sum(months) + sum(for_each_organization(PACE_JOB, _on_monday(), _send_behind))


def _with_month_over() -> list[UUID]:
    """Return the organizations where a month with revenue or a quest ended, on the first mornings after it."""
    return _organizations(
        """
        extract(day FROM local) <= %s AND extract(hour FROM local) >= %s AND (
            EXISTS (SELECT FROM quests_revenue_entry r WHERE r.organization_id = o.id
                AND r.received_on >= month - interval '1 month' AND r.received_on < month)
            OR EXISTS (SELECT FROM quests_quest q WHERE q.organization_id = o.id
                AND q.created_at >= (month - interval '1 month') AT TIME ZONE o.timezone
                AND q.created_at < month AT TIME ZONE o.timezone))
        """,
        CATCH_UP_DAYS,
        FIRST_HOUR,
    )


def _on_monday() -> list[UUID]:
    """Return the organizations where it is Monday morning and a goal with a date is not reached."""
    return _organizations(
        """
        extract(isodow FROM local) = 1 AND extract(hour FROM local) BETWEEN %s AND %s
        AND EXISTS (SELECT FROM quests_goal g WHERE g.organization_id = o.id AND g.status <> %s
            AND g.current_amount < g.target_amount AND g.due_on >= local::date - %s)
        """,
        FIRST_HOUR,
        LAST_HOUR,
        GoalStatus.ARCHIVED.value,
        ACTIVE_DAYS,
    )


def _organizations(where: str, *parameters: Any) -> list[UUID]:
    statement = Statement(
        f"""
        SELECT o.id FROM accounts_organization o
        CROSS JOIN LATERAL (SELECT (now() + o.clock_offset) AT TIME ZONE o.timezone AS local) clock
        CROSS JOIN LATERAL (SELECT date_trunc('month', local) AS month) months
        WHERE o.closed_at IS NULL AND o.sandbox_of_id IS NULL AND {where}
        """,
        parameters,
    )
    [rows] = run_batch(statement)
    return [row[0] for row in rows]


def _send_month() -> bool:
    """Send the month before this one unless that was done, or reports are off."""
    if not license_status().capabilities["reports"]:
        return False
    first = today_in(_organization().timezone).replace(day=1)
    last = first - timedelta(days=1)
    return _record_once(MonthEnded(first=last.replace(day=1), last=last), data__last=last.isoformat())


def _send_behind() -> bool:
    """Send which goals are behind unless that was done today, none is, or nobody did anything for weeks."""
    today = today_in(_organization().timezone)
    event, day = GoalsBehind(week_on=today), today.isoformat()
    people = audit.found(since=database_now() - timedelta(days=ACTIVE_DAYS)).filter(actor__has_key="user_id")
    if _is_recorded(event, data__week_on=day) or not people.exists() or not goals_behind():
        return False
    return _record_once(event, data__week_on=day)


def _record_once(event: AuditEvent, **data: str) -> bool:
    """Record an event unless one of its kind with the same data was recorded lately; return whether it was."""
    with serialized():
        if _is_recorded(event, **data):
            return False
        record(event)
    return True


def _is_recorded(event: AuditEvent, **data: str) -> bool:
    lately = audit.found(kind=event.kind, since=database_now() - timedelta(days=RECORDED_DAYS))
    return bool(lately.filter(**data).exists())


def goals_behind() -> list[GoalWithPace]:
    """Return the goals that are behind or became overdue in the last weeks, as pages order them."""
    late = (PaceState.BEHIND, PaceState.OVERDUE)
    rows = queries.goals_by_attention()
    return [row for row in rows if row.pace and row.pace.state in late and row.pace.overdue_days <= ACTIVE_DAYS]


def names_of_behind(_data: Mapping[str, Any]) -> dict[str, str]:
    """Return what people read of goals that are behind: a line each."""
    rows = goals_behind()
    lines = "\n".join(f"- {row.goal.title}: {row.sentence}" for row in rows)
    return {
        "behind": f"{plural(len(rows), 'goal')} {'is' if len(rows) == 1 else 'are'} behind",
        "goal_lines": lines or "Nothing is behind any more: well done.",
    }


def names_of_month(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what people read of a month: figures alone, no text that somebody typed."""
    first, last = date.fromisoformat(data["first"]), date.fromisoformat(data["last"])
    organization = _organization()
    zone, currency = ZoneInfo(organization.timezone), organization.currency
    before = (first - timedelta(days=1)).replace(day=1)
    received, received_before = (
        sum(queries.received_in(*days).values(), Decimal(0))
        for days in ((first, last), (before, first - timedelta(days=1)))
    )
    since, until = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    used = ledger.usage(group_by="feature", since=since, until=until, timezone=zone.key)
    link = f"{settings.BASE_URL}{reverse('report', args=['month', 'pdf'])}?first={first}&last={last}"
    return {
        "month": f"{first:%B %Y}",
        "received": f"{money(received, currency)}{_compared(received, received_before, f'{before:%B}', currency)}",
        "goals": _counted(queries.goals_by_attention()),
        "spent": plural(sum(row.tokens for row in used), "token"),
        "link": link,
    }


def _compared(amount: Decimal, before: Decimal, month: str, currency: str) -> str:
    """Return ", 44 % more than in October ($3,040)"; nothing after a month without revenue."""
    if before <= 0:
        return ""
    change = round(100 * (amount - before) / before)
    words = f"{abs(change):,} % {'more' if change > 0 else 'less'} than" if change else "about as much as"
    return f", {words} in {month} ({money(before, currency)})"


KINDS_OF_GOALS: tuple[tuple[str, Callable[[GoalWithPace], bool]], ...] = (
    ("reached", lambda row: row.standing == GoalStatus.REACHED),
    ("on track", lambda row: row.standing == PaceState.ON_TRACK),
    ("behind", lambda row: row.standing == PaceState.BEHIND),
    ("overdue", lambda row: row.standing == PaceState.OVERDUE),
    ("without a date", lambda row: row.standing == PaceState.NO_DATE),
)


def _counted(rows: list[GoalWithPace]) -> str:
    """Return "2 reached, 1 on track, 2 behind"."""
    counts = [(sum(map(is_one, rows)), words) for words, is_one in KINDS_OF_GOALS]
    return ", ".join(f"{count} {words}" for count, words in counts if count) or "none yet"


def _organization() -> Organization:
    return accounts.organization(tenancy.current_organization_id())
