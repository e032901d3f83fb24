"""Reading reports from a streaming replica of the database, where REPORTS_DATABASE_URL names one.

Note [The same walls on a replica]
    A replica has the primary's roles, passwords, policies and functions. The backend (`saas.kernel.postgres`) connects
    to it as it does to the primary: the same two logins, the context in front of each statement, the same limits, with
    pools and seats of its own. Nothing is written there, since PostgreSQL refuses it. What was just written may not be
    there yet, so what a page or an answer has from here says up to when: `as_of`.
    Reports do not fall back to the primary, but for the rest of a file that was begun: the replica is there so that
    they do not load it. One that is away is a 503, and is asked again when AWAY_SECONDS are over, so that nobody
    queues behind it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, connections

from saas.kernel import startup
from saas.kernel.errors import DomainError
from saas.kernel.postgres import servers
from saas.kernel.transactions import is_unavailable, reconnect

logger = logging.getLogger(__name__)

AWAY_SECONDS = 5.0
NOT_REPLAYED_STATES = frozenset({"42P01", "42703", "42883", "42501"})
"""Of a table, column, function or grant that a migration made and the replica has not replayed yet."""

AS_OF = """
SELECT replayed_at + (organization_now() - clock_timestamp()),
    extract(epoch FROM greatest(clock_timestamp() - replayed_at, interval '0'))::int
FROM (SELECT coalesce(pg_last_xact_replay_timestamp(), (pg_control_checkpoint()).checkpoint_time)) AS r (replayed_at)
"""
IDENTITY = """
SELECT pg_is_in_recovery(), (pg_control_system()).system_identifier, current_database(),
    array(SELECT rolname::text FROM pg_roles WHERE rolname = ANY (%s) AND (rolsuper OR rolbypassrls))
"""

_away_until = 0.0


class AsOf(NamedTuple):
    """Up to when everything is in what the replica shows: an instant of the organization's clock, and seconds ago."""

    at: datetime
    seconds: int


class ReplicaUnavailable(DomainError):
    """The replica is away, is behind a migration, or gave up on the statement."""

    code, status, title = "unavailable", 503, "Reports are not available for a moment"


def configured() -> bool:
    """Return True if reports are read from a replica."""
    return bool(connections.settings["default"].get("REPLICA"))


def is_away() -> bool:
    """Return True if the replica could not be reached a moment ago, as far as this process knows."""
    return configured() and monotonic() < _away_until


@contextmanager
def reading() -> Iterator[None]:
    """Read from the replica inside; from the primary where there is none. Raises ReplicaUnavailable.

    See Note [The same walls on a replica]. Nothing can be written inside, and no transaction can go on into it.
    """
    if not configured() or servers.replica_wanted():
        yield
        return
    if is_away():
        raise _unavailable()
    try:
        with servers.replica():
            yield
    except (DatabaseError, InterfaceError) as error:
        if not (is_unavailable(error) or _sqlstate(error) in NOT_REPLAYED_STATES):
            raise
        logger.warning("the replica did not answer a report: %s", type(error.__cause__ or error).__name__)
        _note(error)
        reconnect()
        raise _unavailable() from error


def as_of() -> AsOf | None:
    """Return up to when what is read next is whole, or None where that is now. Needs `reading`."""
    if not (configured() and servers.replica_wanted()):
        return None
    with connection.cursor() as cursor:
        cursor.execute(AS_OF)
        return AsOf(*cursor.fetchone())


def _unavailable() -> ReplicaUnavailable:
    return ReplicaUnavailable(
        "Reports are read from a copy of the database that cannot answer now. Nothing is lost, and everything else"
        " works. Please try again in a moment.",
        retry_after=AWAY_SECONDS,
    )


def _note(error: BaseException) -> None:
    """Remember that the replica is away, unless it answered: an answer has a state."""
    global _away_until
    if not _sqlstate(error):
        _away_until = monotonic() + AWAY_SECONDS


def _sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


@startup.register("kernel.E001", database=True)
def replica_problems() -> Iterator[str]:
    """Say why REPORTS_DATABASE_URL is no replica of this database, in production; one that is away is no reason."""
    if not (settings.PRODUCTION and configured()):
        return
    _, system, database, _ = _identity()
    with servers.replica():
        in_recovery, its_system, its_database, superusers = _identity()
    if not in_recovery:
        yield (
            "REPORTS_DATABASE_URL leads to a server that takes writes, so it follows nobody: name a streaming replica,"
            " or leave it empty, and reports are read from DATABASE_URL."
        )
    if (its_system, its_database) != (system, database):
        yield (
            f"REPORTS_DATABASE_URL leads to database {its_database!r} of system {its_system}, DATABASE_URL to"
            f" {database!r} of {system}: reports would show something else. Name a streaming replica of this database."
        )
    if superusers:
        yield (
            f"At REPORTS_DATABASE_URL {', '.join(superusers)} may pass by the policies that keep organizations apart:"
            " ALTER ROLE ... NOSUPERUSER NOBYPASSRLS."
        )


def _identity() -> Any:
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY, [list(connection.settings_dict["LOGINS"])])
        return cursor.fetchone()
