"""The clock that decides about money: the database's, as the organization acted for has it, never a web node's."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return PostgreSQL's clock as an aware UTC instant, ahead of it where a sandbox's clock was moved."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_now()")
        now: datetime = cursor.fetchone()[0]
    return now
