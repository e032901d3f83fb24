"""Batches of statements by PostgreSQL's extended protocol: prepared once a connection, one round trip each.

Note [Prepared by the protocol]
    A batch is a pipeline: the tenancy context, the statements, and one Sync. PostgreSQL runs what stands before a Sync
    as one transaction, so outside of a transaction the batch is one, and an error undoes all of it. A statement is
    parsed and planned once a connection. Its plan belongs to the role that it was made for: when another role runs it,
    PostgreSQL makes another plan, so row-level security holds for prepared statements too.
    What is prepared belongs to the connection of the server. PgBouncer in transaction mode hands these around, and
    knows of prepared statements since 1.21: before, DATABASE_PREPARE must be off, and batches go as text.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

from psycopg import Connection, OperationalError, pq
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch, send
from psycopg.pq.abc import PGresult

Rows = list[tuple[Any, ...]]
Batch = Sequence[tuple[str, Sequence[Any]]]
"""Statements with `%s` for their parameters."""

STATEMENTS_MAX = 120
"""How many statements a connection keeps prepared; those that come later are planned each time."""
STALE_STATES = frozenset({"0A000", "26000"})
"""What PostgreSQL answers when a plan's columns have changed since, or when it does not know a statement."""

_SUCCESS = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class _Bound(NamedTuple):
    """A statement with its parameters as they go over the wire."""

    text: bytes
    values: Sequence[Any]
    types: tuple[int, ...]
    formats: Sequence[pq.Format]


_Key = tuple[bytes, tuple[int, ...]]


class _Sent(NamedTuple):
    """What was sent for a batch: of each command, the statement that it prepares; `runs` if it runs one."""

    prepares: _Key | None = None
    name: bytes = b""
    runs: bool = False


_COMMIT = _Sent(runs=True)
"""After the last command comes what the commit has to say, if anything."""


class PreparedStatements:
    """What one connection has prepared, and the way to run batches on it."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._transformer = Transformer.from_context(connection)
        self._names: dict[_Key, bytes] = {}
        self._numbers = count(1)

    def run(self, batch: Batch) -> list[Rows]:
        """Run a batch in one round trip; return each statement's rows. Raises the first error of a statement."""
        connection = self._connection
        with connection.lock:
            if connection.closed:
                raise OperationalError("the connection is closed")
            bound = [self._bind(text, parameters) for text, parameters in batch]
            own_transaction = connection.autocommit and self._is_idle()
            results = connection.wait(self._round_trip(bound))
            if _is_stale(results):
                self._names.clear()
                if own_transaction:  # nothing has happened: the batch was one transaction
                    results = connection.wait(self._round_trip(bound))
            return [self._rows(result) for result in results]

    def _is_idle(self) -> bool:
        return self._connection.pgconn.transaction_status == pq.TransactionStatus.IDLE

    def _bind(self, text: str, parameters: Sequence[Any]) -> _Bound:
        transformer = self._transformer
        values = transformer.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        return _Bound(_numbered(text), values, transformer.types or (), transformer.formats or ())

    def _rows(self, result: PGresult) -> Rows:
        if result.status not in _SUCCESS:
            raise error_from_result(result, encoding=self._transformer.encoding)
        if result.status != pq.ExecStatus.TUPLES_OK:
            return []
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _round_trip(self, batch: Sequence[_Bound]) -> PQGen[list[PGresult]]:
        """Send a batch and return the results of its statements; one that is an error is the last."""
        wire = self._connection.pgconn
        wire.enter_pipeline_mode()
        sent = iter(self._send(batch))
        yield from send(wire)
        results: list[PGresult] = []
        while (result := (yield from self._next(failed=bool(results) and _is_error(results[-1])))) is not None:
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                wire.exit_pipeline_mode()
                break
            command = next(sent, _COMMIT)
            if _is_error(result):
                results.append(result)
            elif result.status != pq.ExecStatus.PIPELINE_ABORTED:
                if command.prepares:
                    self._names[command.prepares] = command.name
                if command.runs:
                    results.append(result)
        return results

    def _send(self, batch: Sequence[_Bound]) -> list[_Sent]:
        wire, sent = self._connection.pgconn, []
        if not self._connection.autocommit and self._is_idle():
            wire.send_query_params(b"BEGIN", None)
            sent.append(_Sent())
        names = dict(self._names)
        for text, values, types, formats in batch:
            key = text, types
            if key not in names and len(names) < STATEMENTS_MAX:
                names[key] = b"milepost_%d" % next(self._numbers)
                wire.send_prepare(names[key], text, param_types=types)
                sent.append(_Sent(prepares=key, name=names[key]))
            if key in names:
                wire.send_query_prepared(names[key], values, param_formats=formats)
            else:
                wire.send_query_params(text, values, param_types=types, param_formats=formats)
            sent.append(_Sent(runs=True))
        wire.pipeline_sync()
        return sent

    def _next(self, *, failed: bool) -> PQGen[PGresult | None]:
        """Return the next result. None if the connection ended after a statement failed; else it raises."""
        wire = self._connection.pgconn
        try:
            for _ in range(2):  # what a command answers ends with nothing
                result: PGresult | None = yield from fetch(wire)
                if result is not None:
                    return result
            raise OperationalError("the connection is lost")
        except OperationalError:
            wire.finish()
            if failed:
                return None  # the statement's error says why
            raise


def _is_error(result: PGresult) -> bool:
    return result.status == pq.ExecStatus.FATAL_ERROR


def _is_stale(results: Sequence[PGresult]) -> bool:
    """Return True if the batch failed, as its last result says, for what was prepared before."""
    if not results or not _is_error(results[-1]):
        return False
    return (results[-1].error_field(pq.DiagnosticField.SQLSTATE) or b"").decode() in STALE_STATES


@lru_cache(maxsize=512)
def _numbered(text: str) -> bytes:
    """Return the text with PostgreSQL's own placeholders, $1 and so on."""
    numbers = count(1)
    return re.sub("%[s%]", lambda found: f"${next(numbers)}" if found[0] == "%s" else "%", text).encode()
