"""A circuit breaker per provider and process: one that keeps failing is left alone for a while."""

# Not pybreaker: it holds its lock for the whole of a call, so 256 threads would queue up behind one answer;
# driven by hand around the call it needs more code than this, and it measures the pause by the wall clock.

import threading
import time
from collections import defaultdict

from quests.providers.reply import ProviderConfig

FAILURES_MAX = 5
OPEN_SECONDS = 30.0


class Breaker:
    """Closed until FAILURES_MAX failures in a row, then open for OPEN_SECONDS, then one trial at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._retry_at = 0.0

    def wait_seconds(self) -> float:
        """Return how long nobody may call; 0 when a call would be admitted now."""
        with self._lock:
            return 0.0 if self._failures < FAILURES_MAX else max(0.0, self._retry_at - time.monotonic())

    def admit(self) -> bool:
        """Take leave to call. The trial after the pause starts another pause, for everybody but itself."""
        with self._lock:
            now = time.monotonic()
            if self._failures < FAILURES_MAX:
                return True
            if now < self._retry_at:
                return False
            self._retry_at = now + OPEN_SECONDS
            return True

    def record(self, *, healthy: bool) -> None:
        """Record the result of an admitted call. If a trial never reports, another follows one pause later."""
        with self._lock:
            self._failures = 0 if healthy else self._failures + 1
            self._retry_at = time.monotonic() + OPEN_SECONDS


_breakers: defaultdict[ProviderConfig, Breaker] = defaultdict(Breaker)


def breaker(config: ProviderConfig) -> Breaker:
    """Return this process's breaker of a provider config; another key or address is another breaker."""
    return _breakers[config]
