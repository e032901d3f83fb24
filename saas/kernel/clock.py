"""The clock that decides about money: the database's, as the organization acted for has it, never a web node's."""

from datetime import UTC, date, datetime, time, tzinfo

from django.db import connection


def database_now() -> datetime:
    """Return PostgreSQL's clock as an aware UTC instant, ahead of it where a sandbox's clock was moved."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_now()")
        now: datetime = cursor.fetchone()[0]
    return now


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which a day begins in a time zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
