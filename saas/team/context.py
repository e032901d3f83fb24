"""What every page of the customer's shell shows."""

from functools import cache
from typing import Any

from django.http import HttpRequest

from licensing.queries import standing
from saas.accounts import queries as accounts
from tokens.queries import position


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the organization, its balance and license, asked at first use and once: templates name them often."""
    caller = getattr(request, "caller", None)
    if caller is None:
        return {}
    return {
        "caller": caller,
        "membership": caller,
        "organization": cache(lambda: accounts.organization(caller.organization_id)),
        "balance": cache(position),
        "license": cache(standing),
    }
