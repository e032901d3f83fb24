"""How many connections of a process one organization may use at a time.

Note [A seat before a connection]
    Whoever waits for a lock, or runs something slow, keeps a connection meanwhile, and a process has few. So an
    organization has some seats of the pool: whoever finds none waits without a connection, which costs nobody
    anything. A queue that moves is waited in; one in which no seat was given back in good order for
    PATIENCE_SECONDS is left with NoSeat. A seat is given back with the connection.
"""

import threading
from collections.abc import Hashable
from time import monotonic

from django.db import OperationalError

from saas.kernel import turns

PATIENCE_SECONDS = 3.0
LONGEST_SECONDS = 15.0
LOOK_SECONDS = 0.5


class NoSeat(OperationalError):
    """Too many requests of one kind wait for the database."""


class _Row:
    """The seats of one key: how many are taken, how many wait, and when the last was given back in good order."""

    def __init__(self, lock: threading.Lock) -> None:
        self.free = threading.Condition(lock)
        self.taken = self.waiting = self.connecting = 0
        self.moved_at = 0.0


class Seats:
    """The seats of a process; a key with nobody seated or waiting is forgotten."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, _Row] = {}
        self._lock = threading.Lock()

    def try_take(self, key: Hashable, most: int) -> bool:
        """Take a seat if one is free and nobody waits for it; return whether it was taken."""
        with self._lock:
            row = self._row(key)
            if row.taken < most and not row.waiting:
                row.taken += 1
                row.connecting += 1
                return True
        return False

    def take(self, key: Hashable, most: int) -> None:
        """Take a seat, waiting for it. Raises NoSeat."""
        turns.leave()
        with self._lock:
            row, since = self._row(key), monotonic()
            row.waiting += 1
            try:
                while row.taken >= most:
                    # Who is seated and waits for a connection of the pool waits for others, not for a lock of this key.
                    patience = LONGEST_SECONDS if row.connecting else PATIENCE_SECONDS
                    left = min(max(since, row.moved_at) + patience, since + LONGEST_SECONDS) - monotonic()
                    if left <= 0:
                        raise NoSeat("too many requests are waiting for the database")
                    row.free.wait(min(left, LOOK_SECONDS))
                row.taken += 1
                row.connecting += 1
            finally:
                row.waiting -= 1
                self._forget(key, row)

    def connected(self, key: Hashable) -> None:
        """Record that the holder of a seat has a connection now."""
        with self._lock:
            row = self._row(key)
            row.connecting -= 1
            row.moved_at = monotonic()

    def give(self, key: Hashable, *, usable: bool, connected: bool = True) -> None:
        """Free a seat; `usable` says that its connection worked, so that waiting threads go on waiting for one."""
        with self._lock:
            row = self._row(key)
            row.taken -= 1
            row.connecting -= not connected
            if usable:
                row.moved_at = monotonic()
            row.free.notify()
            self._forget(key, row)

    def __len__(self) -> int:
        return len(self._rows)

    def _row(self, key: Hashable) -> _Row:
        if key not in self._rows:
            self._rows[key] = _Row(self._lock)
        return self._rows[key]

    def _forget(self, key: Hashable, row: _Row) -> None:
        if not row.taken and not row.waiting:
            self._rows.pop(key, None)
