"""What goes over the wire to PostgreSQL, told by libpq itself: every round trip, BEGIN and COMMIT included."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from psycopg.pq import Trace

_QUERY = re.compile(r'^F\t\d+\tQuery\t "(.*?)"$(?=\n[FB]\t)', re.MULTILINE | re.DOTALL)
_STAMP = re.compile(r"^SET LOCAL app\.current_org = '[^']*'; SET LOCAL ROLE \w+; ")
_NEXT = re.compile(r";\s+(?=(?:SELECT|INSERT|UPDATE|DELETE|WITH|SET|BEGIN|COMMIT|ROLLBACK)\b)")
HEAD_CHARACTERS = 44


def heads(text: str) -> list[str]:
    """Return the first words of each statement of a round trip, the tenancy's stamp left out."""
    return [" ".join(statement.split())[:HEAD_CHARACTERS] for statement in _NEXT.split(_STAMP.sub("", text))]


@contextmanager
def listening() -> Iterator[list[str]]:
    """Record what the default connection sends inside, whichever connection of the pool it takes.

    The list has one text for each round trip, once the block has ended.
    """
    heard: list[str] = []
    with tempfile.NamedTemporaryFile("w+") as file:

        def attach(**_: Any) -> None:
            wire = connection.connection.pgconn
            wire.trace(file.fileno())
            wire.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)

        connection.close()
        connection_created.connect(attach)
        try:
            yield heard
        finally:
            connection_created.disconnect(attach)
            connection.ensure_connection()
            connection.connection.pgconn.untrace()  # writes what is left
            connection.close()
        file.seek(0)
        heard += _QUERY.findall(file.read())
