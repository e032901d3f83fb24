"""Connections on which every wait is bounded, also if the server stops answering.

Note [A silent server]
    PostgreSQL's own limits (statement_timeout, lock_timeout) need a server that answers, and TCP's need a kernel
    that misses acknowledgements: a proxy or a stopped server defeats both. So each wait for an answer has an end on
    our side too, a little later than the server's. A connection which did not answer is closed, and all that wait in
    the pool are replaced: what silenced one has silenced them.
    A connection that comes out of the pool is looked at first. One that the server has closed is replaced at no
    cost; one that was not used for a while must answer within a second.
"""

import select
from functools import cached_property
from time import monotonic
from typing import Any

import psycopg
from psycopg import errors
from psycopg.abc import RV, PQGen

from saas.kernel.postgres.prepared import PreparedStatements

IDLE_SECONDS = 5.0
"""A connection used so shortly ago is not asked whether it lives."""
ANSWER_SECONDS = 1.0


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server has not answered for `seconds_max`; 0 waits for ever."""

    seconds_max = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.made_at = self.used_at = monotonic()

    @cached_property
    def prepared(self) -> PreparedStatements:
        """What this connection has prepared."""
        return PreparedStatements(self)

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer of the server. Raises OperationalError when none comes in time."""
        try:
            answer = super().wait(gen, interval, timeout or self.seconds_max or None)
        except errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError("the database did not answer in time") from None
        self.used_at = monotonic()
        return answer

    def is_alive(self) -> bool:
        """Return True if the server still answers; asks it only when the connection was idle for a while."""
        if self.closed or _has_something_to_say(self.pgconn.socket):
            return False
        if monotonic() - self.used_at < IDLE_SECONDS:
            return True
        usual, self.seconds_max = self.seconds_max, ANSWER_SECONDS
        try:
            self.execute("")
        except psycopg.Error:
            return False
        finally:
            self.seconds_max = usual
        return True


def _has_something_to_say(descriptor: int) -> bool:
    """Return True if an idle connection has news: that the server closes it."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLERR | select.POLLHUP)
    return bool(poll.poll(0))
