"""What every page of the customer's shell shows."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from licensing.queries import license_status
from saas.accounts import queries as accounts
from saas.kernel.transactions import fetch_all
from saas.notifications.queries import unread
from tokens.queries import LOW, POSITION, Position


@dataclass(frozen=True)
class Pill:
    """The balance in the top bar; `level` is "low" or nothing."""

    position: Position
    level: str

    @property
    def available(self) -> int:
        """Return the tokens that can be spent."""
        return self.position.available

    @property
    def held(self) -> int:
        """Return the tokens that are reserved."""
        return self.position.held


def _balance_and_unread(user_id: UUID) -> tuple[Pill, int]:
    """Return the balance and how many notifications are unread, in one round trip."""
    position, low, waiting = fetch_all(POSITION, LOW, unread(user_id))
    return Pill(position, "low" if low else ""), waiting


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the organization, its balance and license, asked at first use and once: templates name them often."""
    caller = getattr(request, "caller", None)
    if caller is None:
        return {}
    organization = cache(lambda: accounts.organization(caller.organization_id))
    request.organization = organization  # type: ignore[attr-defined]
    balance_and_unread = cache(lambda: _balance_and_unread(caller.user_id))
    return {
        "caller": caller,
        "membership": caller,
        "organization": organization,
        "balance": cache(lambda: balance_and_unread()[0]),
        "unread": cache(lambda: balance_and_unread()[1]),
        "license": cache(license_status),
    }
