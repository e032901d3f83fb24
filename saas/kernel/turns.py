"""How many AI operations a web process works on at a time, so that its pages stay quick beside hundreds of them.

Note [Turns]
    While the AI is asked, an operation costs a thread and nothing else. What comes before and after uses the processor
    and the database; hundreds that arrive at once would all be worked on at once, and every page would wait behind
    them. So one decides at a time and one settles; the others wait without a connection.
    A turn is a courtesy, and never a reason to refuse. It counts for TURN_SECONDS: who has had one for longer waits for
    something else, for a lock or a database that is silent, and the next may go on. Whoever has to wait for a seat
    (Note [A seat before a connection] in `saas.kernel.postgres.seats`) leaves its turn at once.
    Threads are kept for pages: above IN_FLIGHT_MAX operations the next is refused, with Retry-After.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from saas.kernel.errors import DomainError

TURN_SECONDS = 0.25
WAIT_SECONDS_MAX = 20.0
"""What a hold's time can spare: it outlives the AI's deadline by more."""
IN_FLIGHT_MAX = 448
"""Of a process: 64 fewer than it has threads."""


class TooManyInFlight(DomainError):
    """This process has as many AI operations in flight as it can keep."""

    code, status, title = "unavailable", 503, "Unavailable for a moment"


class Turns:
    """One turn at a time; who waits longest comes next, as far as the operating system keeps the order."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._expires_at = 0.0
        self._owner: object = None
        self.waiting = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have a turn inside, until `leave()`; wait for it first."""
        mine = object()
        with self._free:
            since = monotonic()
            self.waiting += 1
            while (left := min(self._expires_at, since + WAIT_SECONDS_MAX) - monotonic()) > 0:
                self._free.wait(left)
            self.waiting -= 1
            self._owner, self._expires_at = mine, monotonic() + TURN_SECONDS
        token = _turn.set((self, mine))
        try:
            yield
        finally:
            leave()
            _turn.reset(token)

    def give_back(self, mine: object) -> None:
        """Let the next one go on, unless the turn has already passed to another."""
        with self._free:
            if self._owner is mine:
                self._owner, self._expires_at = None, 0.0
                self._free.notify()


deciding, settling = Turns(), Turns()
_in_flight = threading.BoundedSemaphore(IN_FLIGHT_MAX)
_turn: ContextVar[tuple[Turns, object] | None] = ContextVar("turn", default=None)


@contextmanager
def operation() -> Iterator[None]:
    """Wrap a request that runs an AI operation: it waits for its turn, and has it until `leave()`.

    Raises TooManyInFlight.
    """
    if not _in_flight.acquire(blocking=False):
        raise TooManyInFlight("Very many AI operations are running. Please try again in a moment.", retry_after=5)
    try:
        with deciding.turn():
            yield
    finally:
        _in_flight.release()


def leave() -> None:
    """End the present turn, if there is one: what comes next takes long, or is not the processor's work."""
    if present := _turn.get():
        _turn.set(None)
        turns, mine = present
        turns.give_back(mine)
