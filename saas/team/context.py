"""What every page of the customer's shell shows."""

from typing import Any

from django.http import HttpRequest

from licensing.queries import standing
from saas.accounts import queries as accounts
from tokens.queries import position


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the organization, its balance and license, lazily: pages without the shell ask nothing."""
    caller = getattr(request, "caller", None)
    if caller is None:
        return {}
    return {
        "caller": caller,
        "membership": caller,
        "organization": lambda: accounts.organization(caller.organization_id),
        "balance": position,
        "license": standing,
    }
