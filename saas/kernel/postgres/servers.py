"""Which server the running code reads from: the primary, or the replica that reports are read from."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_replica_wanted: ContextVar[bool] = ContextVar("replica", default=False)


@contextmanager
def replica() -> Iterator[None]:
    """Connect to the replica inside, where the settings have one. A transaction belongs to one server."""
    token = _replica_wanted.set(True)
    try:
        yield
    finally:
        _replica_wanted.reset(token)


def replica_wanted() -> bool:
    """Return True if the running code reads from the replica where there is one."""
    return _replica_wanted.get()
