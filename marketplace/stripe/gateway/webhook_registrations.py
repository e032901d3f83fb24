"""Where Stripe sends its events: the webhook endpoints of the account."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from marketplace.stripe.gateway.client import asking
from saas.kernel.ids import uuid7


@dataclass(frozen=True)
class WebhookRegistration:
    """A webhook endpoint registered at Stripe; only the answer that created it has its `secret`."""

    endpoint_id: str
    url: str
    api_version: str
    events: frozenset[str]
    enabled: bool
    secret: str = ""


def endpoints_at(url: str) -> list[WebhookRegistration]:
    """Return the endpoints with this address, newest first."""
    with asking() as c:
        found = c.v1.webhook_endpoints.list({"limit": 100}).data
    return [_registration(one) for one in sorted(found, key=lambda one: one.created, reverse=True) if one.url == url]


def create_endpoint(*, url: str, events: Iterable[str]) -> WebhookRegistration:
    """Make an endpoint that gets these events, written in our version of the API."""
    params: Any = {
        "url": url,
        "enabled_events": sorted(events),
        "api_version": settings.STRIPE_API_VERSION,
        "description": "Milepost",
        "metadata": {"milepost": "1"},
    }
    with asking() as c:
        return _registration(c.v1.webhook_endpoints.create(params, {"idempotency_key": f"endpoint:{uuid7()}"}))


def update_endpoint(*, endpoint_id: str, events: Iterable[str]) -> None:
    """Let the endpoint get exactly these events, also when Stripe had switched it off."""
    params: Any = {"enabled_events": sorted(events), "disabled": False}
    with asking() as c:
        c.v1.webhook_endpoints.update(endpoint_id, params)


def delete_endpoint(endpoint_id: str) -> None:
    """Send nothing to the endpoint any more; its secret is worthless from then on."""
    with asking() as c:
        c.v1.webhook_endpoints.delete(endpoint_id)


def _registration(found: Any) -> WebhookRegistration:
    return WebhookRegistration(
        endpoint_id=found.id,
        url=found.url,
        api_version=found.api_version or "",
        events=frozenset(found.enabled_events),
        enabled=found.status == "enabled",
        secret=getattr(found, "secret", None) or "",
    )
