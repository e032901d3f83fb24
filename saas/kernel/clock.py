"""The clock that decides about money: the database's, as the organization acted for has it, never a web node's."""

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Func


class OrganizationNow(Func):
    """PostgreSQL's clock as the organization acted for has it, as the default of a column."""

    function = "organization_now"
    output_field = DateTimeField()


def database_now() -> datetime:
    """Return PostgreSQL's clock as an aware UTC instant, ahead of it where a test organization's clock was moved."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_now()")
        now: datetime = cursor.fetchone()[0]
    return now


def as_text(instant: datetime) -> str:
    """Return an instant as everything outside of ours gets it: RFC 3339, in UTC, always to the microsecond."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def today_in(timezone: str) -> date:
    """Return the day that it is now in a time zone like Europe/Rome."""
    return database_now().astimezone(ZoneInfo(timezone)).date()


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which a day begins in a time zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
