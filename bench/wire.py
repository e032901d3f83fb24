"""What goes over the wire to PostgreSQL, told by libpq itself: every round trip, BEGIN and COMMIT included."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from psycopg.pq import Trace

_SENT = re.compile(r"^F\t\d+\t(Query|Parse|Bind|Sync)(?:\t (.*?))?$(?=\n[FB]\t)", re.MULTILINE | re.DOTALL)
_STAMP = re.compile(r"^SET LOCAL app\.current_org = '[^']*'; SET LOCAL ROLE \w+; ")
_STAMP_PREPARED = "SELECT set_config('app.current_org', $1, true), "
_NEXT = re.compile(r";\s+(?=(?:SELECT|INSERT|UPDATE|DELETE|WITH|SET|BEGIN|COMMIT|ROLLBACK)\b)")
HEAD_CHARACTERS = 44


def _heads(texts: Iterable[str]) -> list[str]:
    """Return the first words of each statement of a round trip, the tenancy's stamp left out."""
    return [" ".join(text.split())[:HEAD_CHARACTERS] for text in texts if not text.startswith(_STAMP_PREPARED)]


def _round_trips(trace: str) -> list[list[str]]:
    """Return the statements of each round trip: a text of several, or what is run before a Sync."""
    trips: list[list[str]] = []
    texts: dict[str, str] = {}
    pipeline: list[str] = []
    for message, rest in _SENT.findall(trace):
        match message:
            case "Query":
                trips.append(_heads(_NEXT.split(_STAMP.sub("", rest.strip('"')))))
            case "Parse":
                name, text = rest.split(" ", 1)
                texts[name] = text.rpartition('"')[0].removeprefix('"')
            case "Bind":
                name = rest.split(" ", 2)[1]
                pipeline.append(texts.get(name, name))
            case "Sync":
                trips.append(_heads(pipeline))
                pipeline = []
    return trips


@contextmanager
def listening() -> Iterator[list[list[str]]]:
    """Record what the default connection sends inside, whichever connection of the pool it takes.

    The list has the first words of the statements of each round trip, once the block has ended.
    """
    heard: list[list[str]] = []
    wires: list[Any] = []
    default: Any = connection
    with tempfile.NamedTemporaryFile("w+") as file:

        def attach(**_: Any) -> None:
            wire = connection.connection.pgconn
            wire.trace(file.fileno())
            wire.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
            wires.append(wire)

        default.close()
        default.close_pool()  # what new connections prepare is heard
        connection_created.connect(attach)
        try:
            yield heard
        finally:
            connection_created.disconnect(attach)
            for wire in wires:
                wire.untrace()  # writes what is left
            default.close()
        file.seek(0)
        heard += _round_trips(file.read())
