"""How many AI operations a web process works on at a time, so that its pages stay quick beside hundreds of them.

Note [Turns]
    While the AI is asked, an operation costs a thread and nothing else. What comes before and after uses the processor
    and the database; hundreds that arrive at once would all be worked on at once, and every page would wait behind
    them. So one at a time decides or settles; the others wait without a connection.
    A turn is a courtesy, and never a reason to refuse. It counts for TURN_SECONDS: who has had one for longer waits for
    something else, for a lock or a database that is silent, and the next may go on. Whoever has to wait for a seat
    (Note [A seat before a connection] in `saas.kernel.postgres.seats`) leaves its turn at once.
    Threads are kept for pages: above IN_FLIGHT_MAX operations the next is refused, with Retry-After.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from saas.kernel.errors import DomainError

TURN_SECONDS = 0.5
WAIT_SECONDS_MAX = 20.0
"""What a hold's time can spare: it outlives the AI's deadline by more."""
IN_FLIGHT_MAX = 448
"""Of a process: 64 fewer than it has threads."""


class TooManyInFlight(DomainError):
    """This process has as many AI operations in flight as it can keep."""

    code, status, title = "unavailable", 503, "Unavailable for a moment"


class _Turns:
    """One turn at a time, in the order of asking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[threading.Condition] = deque()
        self._expires_at = 0.0
        self.owner: object = None

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return len(self._queue)

    def take(self) -> object:
        """Wait for a turn; return what gives it back."""
        mine = object()
        with self._lock:
            if self._queue or monotonic() < self._expires_at:
                self._wait()
            self.owner, self._expires_at = mine, monotonic() + TURN_SECONDS
        return mine

    def _wait(self) -> None:
        """Wait until the turn is free or has expired. Only the first in the queue looks at the clock for that."""
        me, since = threading.Condition(self._lock), monotonic()
        self._queue.append(me)
        while True:
            until = since + WAIT_SECONDS_MAX
            if self._queue[0] is me:
                until = min(until, self._expires_at)
            if (left := until - monotonic()) <= 0:
                break
            me.wait(left)
        self._queue.remove(me)
        self._wake_first()

    def _wake_first(self) -> None:
        if self._queue:
            self._queue[0].notify()

    def give_back(self, mine: object) -> None:
        """Let the next one go on, unless the turn has already passed to another."""
        with self._lock:
            if self.owner is mine:
                self.owner, self._expires_at = None, 0.0
                self._wake_first()


TURNS = _Turns()
_in_flight = threading.BoundedSemaphore(IN_FLIGHT_MAX)
_present: ContextVar[object] = ContextVar("present", default=None)


@contextmanager
def turn() -> Iterator[None]:
    """Have a turn inside, until `leave()`; wait for it first."""
    token = _present.set(TURNS.take())
    try:
        yield
    finally:
        leave()
        _present.reset(token)


@contextmanager
def operation() -> Iterator[None]:
    """Wrap a request that runs an AI operation: it waits for its turn, and has it until it leaves it.

    Raises TooManyInFlight.
    """
    if not _in_flight.acquire(blocking=False):
        raise TooManyInFlight("Very many AI operations are running. Please try again in a moment.", retry_after=5)
    try:
        with turn():
            yield
    finally:
        _in_flight.release()


def leave() -> None:
    """End the present turn, if there is one: what comes next takes long, or is not the processor's work."""
    if mine := _present.get():
        _present.set(None)
        TURNS.give_back(mine)
