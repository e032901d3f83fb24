"""The organization's lock: one writer of an organization at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from saas.kernel.transactions import Statement, run_batch, transaction

LOCK = Statement("SELECT organization_lock(organization_acting())")


@contextmanager
def serialized() -> Iterator[None]:
    """Run everything inside in one transaction, which holds the lock of the acting organization.

    The organization's lock comes first and any row's lock after it, so writers never wait in a circle.
    """
    with transaction():
        run_batch(LOCK)
        yield
