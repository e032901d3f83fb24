"""Register our webhook address at Stripe, keep it up to date, and replace its secret.

Note [Two secrets]
    A secret is replaced without a moment in which events are refused: a second endpoint with the same address
    gets a secret of its own, both secrets are configured, then the first endpoint is deleted. Meanwhile each
    event arrives twice, and the inbox keeps it once. A new version of the API is taken up in the same way,
    since an endpoint's version cannot be changed.
"""

from collections.abc import Sequence

from django.conf import settings

from audit.actions import record
from marketplace.stripe import gateway
from marketplace.stripe.events import WebhookRegistered, WebhookRetired
from marketplace.stripe.gateway import PlanPrice, WebhookRegistration
from marketplace.stripe.handlers import HANDLERS
from plans.queries import current_book
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.errors import Conflict


def ensure(url: str) -> tuple[WebhookRegistration, str]:
    """See that an endpoint at `url` gets exactly the events that are handled; return it with what was done.

    `made` (only then is the secret known), `updated` or `unchanged`.
    """
    present = [one for one in gateway.endpoints_at(url) if one.api_version == settings.STRIPE_API_VERSION]
    if not present:
        return add(url), "made"
    stale = [one for one in present if not one.enabled or one.events != set(HANDLERS)]
    for one in stale:
        gateway.update_endpoint(endpoint_id=one.endpoint_id, events=HANDLERS)
    return present[0], "updated" if stale else "unchanged"


def ensure_pages() -> dict[str, tuple[str, str]]:
    """See that the ways to pay and the portal are as this release wants them; return their ids and what was done."""
    methods = gateway.ensure_methods()
    paid = [plan for plan in current_book().plans.values() if plan.monthly_price]
    gateway.name_on_statements(PlanPrice(plan.key, plan.name, plan.monthly_price) for plan in paid)
    return {"ways to pay": methods, "customer portal": gateway.ensure_portal(methods[0])}


def add(url: str) -> WebhookRegistration:
    """Make an endpoint, also beside another one; see Note [Two secrets]."""
    made = gateway.create_endpoint(url=url, events=HANDLERS)
    _record(WebhookRegistered, made)
    return made


def retire_older(url: str) -> Sequence[WebhookRegistration]:
    """Delete all endpoints at `url` but the newest; return them. Raises Conflict where there is only one."""
    older = gateway.endpoints_at(url)[1:]
    if not older:
        raise Conflict("There is no second endpoint: rotate first, configure both secrets, then retire the older one.")
    for one in older:
        gateway.delete_endpoint(one.endpoint_id)
        _record(WebhookRetired, one)
    return older


def _record(change: type[WebhookRegistered | WebhookRetired], registration: WebhookRegistration) -> None:
    with tenancy.system(), serialized():
        record(change(endpoint=registration.endpoint_id, url=registration.url))
