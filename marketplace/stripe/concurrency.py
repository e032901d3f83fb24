"""Apply a snapshot from Stripe only if nothing else was applied since it was fetched.

Note [Apply if unchanged]
    A snapshot is fetched with no lock held, since the network may take seconds. Two jobs could fetch at the same
    time, and the one with the older snapshot could write last. So a job reads the customer's `version`, fetches,
    takes the organization's lock and applies only if the version is still the same; then it moves it on.
    If it is not, somebody applied another one meanwhile, and it fetches again. What is applied was therefore
    always fetched after everything that was applied before it: the order of events does not matter.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db.models import F

from marketplace.models import Customer
from saas.accounts.lock import serialized
from saas.kernel.errors import Conflict

Snapshot = TypeVar("Snapshot")

ROUNDS = 20
"""More than the workers that can be at one organization at the same time."""


class Contended(Conflict):
    """Other jobs kept applying snapshots of this organization; try again later."""


def apply_if_unchanged(fetch: Callable[[], Snapshot], apply: Callable[[Snapshot], None]) -> None:
    """Fetch a snapshot and apply it in one transaction under the organization's lock; see Note [Apply if unchanged].

    Raises Contended, and whatever `fetch` and `apply` raise; then nothing has changed.
    """
    for _ in range(ROUNDS):
        version = _version()
        snapshot = fetch()
        with serialized():
            here = Customer.objects.filter(version=version)
            if here.update(version=F("version") + 1):
                apply(snapshot)
                return
    raise Contended("The billing of this organization is being updated right now. Try again shortly.")


def state_version() -> str:
    """Return the part of an idempotency key that changes whenever the customer's state changes.

    A double click has the same key, a click after a change another."""
    return f"v{_version()}"


def _version() -> int:
    return Customer.objects.values_list("version", flat=True).get()
