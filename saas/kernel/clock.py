"""The clock that decides about money: the database's, never a web node's."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return PostgreSQL's clock_timestamp() as an aware UTC instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
