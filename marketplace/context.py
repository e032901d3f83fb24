"""Template context of every page: the notice of the billing mode."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from marketplace.models.modes import BillingMode
from saas.accounts.models import Role
from saas.web.context import SANDBOX_NOTICE


def mode(request: HttpRequest) -> dict[str, Any]:
    """Return the notice of the sandbox with, for owners, the address of its operator page; nothing elsewhere."""
    if settings.BILLING_MODE != BillingMode.SANDBOX:
        return {}
    caller = getattr(request, "caller", None)
    is_owner = caller is not None and caller.role == Role.OWNER
    return {"mode_label": SANDBOX_NOTICE, "mode_href": reverse("sandbox") if is_owner else ""}
