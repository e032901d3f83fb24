"""Transactions named by their intent (the vocabulary of django-subatomic, which needs Python 3.12)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, models
from django.db import transaction as _transaction
from django.db.models import sql


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
    """Let go of a connection that broke, and of those beside it in the pool that broke with it."""
    connection.close()
    if pool := getattr(connection, "pool", None):
        pool.check()


def run_after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` once the outermost transaction has committed; never when it rolled back."""
    _transaction.on_commit(callback)


Row = tuple[Any, ...]
Result = TypeVar("Result", covariant=True)


class Statement(NamedTuple):
    """One SQL statement with its parameters."""

    sql: str
    params: Sequence[Any] = ()


def together(*statements: Statement) -> list[list[Row]]:
    """Run the statements in one round trip and return each one's rows.

    Outside a transaction they make one of their own (PostgreSQL runs a string of statements as one
    transaction): a durable commit costs one round trip. Any error undoes all of them.
    """
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


def insertion(instances: Sequence[models.Model]) -> Statement:
    """Return the INSERT of new, complete instances of one model, for use with `together`."""
    model = type(instances[0])
    query = sql.InsertQuery(model)
    query.insert_values(model._meta.concrete_fields, list(instances), raw=False)
    [(text, params)] = query.get_compiler(connection=connection).as_sql()
    return Statement(text, params)


@dataclass(frozen=True)
class Question(Generic[Result]):
    """A statement together with how to read its rows: what one room lets another ask along with its own."""

    statement: Statement
    read: Callable[[list[Row]], Result]

    def ask(self) -> Result:
        """Ask this question alone."""
        return self.read(together(self.statement)[0])


def ask_together(*questions: Question[Any]) -> list[Any]:
    """Ask all questions in one round trip; return their answers in order."""
    answers = together(*[question.statement for question in questions])
    return [question.read(rows) for question, rows in zip(questions, answers, strict=True)]
