"""Large queries over all organizations: the .sql files of this folder."""

from pathlib import Path
from typing import Any

from django.db import connection

from saas.kernel.transactions import transaction

FOLDER = Path(__file__).parent
MEMORY = "64MB"
"""So that a month of work is joined and grouped without temporary files."""


def fetch(name: str, **asked: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query. Needs the system context.

    Without the just-in-time compiler, which takes longer for queries of many small parts than they run.
    """
    with transaction(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'; SET LOCAL jit = off")
        cursor.execute((FOLDER / f"{name}.sql").read_text(), asked)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
