"""Transactions named by their intent (the vocabulary of django-subatomic, which needs Python 3.12)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Generic, NamedTuple, TypeVar, cast

from django.db import DatabaseError, InterfaceError, OperationalError, connection, models
from django.db import transaction as _transaction
from django.db.models import sql
from django.db.models.expressions import DatabaseDefault

from saas.kernel.postgres.base import distrust


class OpenTransaction(RuntimeError):
    """A network call was about to happen inside a transaction."""


def transaction() -> AbstractContextManager[None]:
    """Make everything inside happen together or not at all; joins an outer transaction."""
    return _transaction.atomic(savepoint=False)


def require_transaction() -> None:
    """Raise when the caller forgot the transaction that this write must share."""
    if not connection.in_atomic_block:
        raise _transaction.TransactionManagementError("this write belongs into its caller's transaction")


@contextmanager
def durable() -> Iterator[None]:
    """Hold no transaction and no connection inside: wrap each call over the network in it."""
    if connection.in_atomic_block:
        raise OpenTransaction("a network call must not run inside a transaction")
    connection.close()
    yield


def reconnect() -> None:
    """Close the connection. If it was broken, also replace the idle ones in the pool, which broke with it."""
    lost = connection.connection
    connection.close()
    if lost is not None and lost.closed and (pool := getattr(connection, "pool", None)):
        distrust(pool, lost)


UNAVAILABLE_STATES = frozenset({"25006", "25P03", "57P05"})
"""What PostgreSQL refuses because of its own state: read-only, and transactions or sessions that idled too long."""


def is_unavailable(error: BaseException | None) -> bool:
    """Return True if the error is temporary: the same statement may succeed in a moment."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", None) in UNAVAILABLE_STATES


def run_after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` once the outermost transaction has committed; never when it rolled back."""
    _transaction.on_commit(callback)


Row = tuple[Any, ...]
Result = TypeVar("Result", covariant=True)


class Statement(NamedTuple):
    """One SQL statement with its parameters."""

    sql: str
    params: Sequence[Any] = ()


def run_batch(*statements: Statement) -> list[list[Row]]:
    """Run the statements in one round trip and return each one's rows.

    Outside a transaction they make one of their own (PostgreSQL runs a string of statements as one
    transaction, and a pipeline too): a durable commit costs one round trip. Any error undoes all of them.
    """
    wrapper: Any = connection
    if wrapper.prepares:
        return cast(list[list[Row]], wrapper.run_prepared(statements))
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(statement.sql for statement in statements),
            [value for statement in statements for value in statement.params],
        )
        return [_rows(cursor, more=index < len(statements) - 1) for index in range(len(statements))]


def _rows(cursor: Any, *, more: bool) -> list[Row]:
    rows = cursor.fetchall() if cursor.description else []
    if more:
        cursor.nextset()
    return rows


@contextmanager
def bounded(*, lock_seconds: float, statement_seconds: float) -> Iterator[None]:
    """Make a transaction whose locks and statements may take no longer than this."""
    with transaction():
        limits = {"lock_timeout": lock_seconds, "statement_timeout": statement_seconds}
        run_batch(*[Statement(f"SET LOCAL {name} = {round(value * 1000)}") for name, value in limits.items()])
        yield


_INSERTS: dict[tuple[type[models.Model], tuple[bool, ...]], str] = {}
"""The text of each INSERT, made once: of a model, and of which values are left to the database."""


def insert_statement(instances: Sequence[models.Model]) -> Statement:
    """Return the INSERT of new, complete instances of one model, for use with `run_batch`."""
    model, fields = type(instances[0]), type(instances[0])._meta.concrete_fields
    values = [field.pre_save(instance, add=True) for instance in instances for field in fields]
    by_database = tuple(isinstance(value, DatabaseDefault) for value in values)
    if (model, by_database) not in _INSERTS:
        query = sql.InsertQuery(model)
        query.insert_values(fields, list(instances), raw=False)
        [(_INSERTS[model, by_database], _)] = query.get_compiler(connection=connection).as_sql()
    each = zip(cycle(fields), values, by_database, strict=False)
    params = [field.get_db_prep_save(value, connection) for field, value, theirs in each if not theirs]
    return Statement(_INSERTS[model, by_database], params)


@dataclass(frozen=True)
class Query(Generic[Result]):
    """A statement with the reader of its rows: one app offers it, another runs it alone or in a batch."""

    statement: Statement
    read: Callable[[list[Row]], Result]

    def fetch(self) -> Result:
        """Run this query alone and return what it reads."""
        return self.read(run_batch(self.statement)[0])


def fetch_all(*queries: Query[Any]) -> list[Any]:
    """Run all queries in one round trip; return what they read, in order."""
    answers = run_batch(*[query.statement for query in queries])
    return [query.read(rows) for query, rows in zip(queries, answers, strict=True)]
