"""Create, change, switch off and remove webhook endpoints, rotate their secrets, and redeliver."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from audit.actions import record
from audit.reading import follow
from plans.queries import Entitlements, entitlements
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, Forbidden, Invalid
from saas.webhooks import published, queries, secrets
from saas.webhooks.addresses import endpoint_url
from saas.webhooks.events import (
    WebhookEndpointCreated,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookEndpointGivenUp,
    WebhookEndpointRedelivered,
    WebhookEndpointRemoved,
    WebhookEndpointSecretRotated,
    WebhookEndpointTested,
    WebhookEndpointUpdated,
)
from saas.webhooks.models import EVERYTHING, Attempt, Delivery, DeliveryStatus, DisabledReason, Endpoint, Secret
from saas.webhooks.outbox import READER

FEATURE = "webhooks"
OVERLAP_HOURS, OVERLAP_HOURS_MAX = 24, 168
"""How long the old secret goes on signing beside a new one: by default, and at most."""

SECRETS_MAX = 5


class EndpointsLimit(Forbidden):
    """The plan has no room for one more endpoint."""

    code, title = "feature_not_in_plan", "No room for another endpoint"


@dataclass(frozen=True)
class NewSecret:
    """An endpoint with its newest secret, which is shown this once. The one before signs until `previous_ends_at`."""

    endpoint: Endpoint
    secret: str
    previous_ends_at: datetime | None = None


def create_endpoint(*, url: str, kinds: Sequence[str], description: str = "") -> NewSecret:
    """Make an endpoint that gets the events of these kinds from now on.

    Raises FeatureNotInPlan, EndpointsLimit, Invalid, Conflict where there is one with this URL.
    """
    _require_kinds(kinds)
    with serialized():
        _require_room()
        _require_new(endpoint_url(url))
        endpoint = Endpoint.objects.create(
            url=url, events=sorted(set(kinds)), description=description, after_seq=follow(READER)
        )
        secret = _add_secret(endpoint)
        record(WebhookEndpointCreated(**_event_payload(endpoint)))
    return NewSecret(queries.endpoint(endpoint.id), secret)


def change_endpoint(*, endpoint_id: UUID, **changes: Any) -> Endpoint:
    """Change url, events or description of an endpoint. Raises NotFound, Invalid, Conflict."""
    if "events" in changes:
        _require_kinds(changes["events"])
        changes["events"] = sorted(set(changes["events"]))
    with serialized():
        endpoint = queries.endpoint(endpoint_id)
        if changes.get("url", endpoint.url) != endpoint.url:
            _require_new(endpoint_url(changes["url"]))
        Endpoint.objects.filter(id=endpoint_id).update(**changes)
        changed = queries.endpoint(endpoint_id)
        record(WebhookEndpointUpdated(**_event_payload(changed), changed=sorted(changes)))
    return changed


def switch_on(*, endpoint_id: UUID, reason: str = "") -> Endpoint:
    """Let an endpoint get events again, from now on; being on already changes nothing. Raises NotFound."""
    with serialized():
        endpoint = queries.endpoint(endpoint_id)
        if not endpoint.is_on:
            Endpoint.objects.filter(id=endpoint_id).update(off_because="", off_at=None, failing_since=None)
            record(WebhookEndpointEnabled(**_event_payload(endpoint)), reason=reason)
    return queries.endpoint(endpoint_id)


def switch_off(*, endpoint_id: UUID, because: DisabledReason, reason: str = "") -> Endpoint:
    """Send an endpoint nothing any more, what waits included; being off already changes nothing. Raises NotFound."""
    with serialized():
        endpoint = queries.endpoint(endpoint_id)
        if Endpoint.objects.filter(id=endpoint_id, off_because="").update(off_because=because, off_at=Now()):
            Delivery.objects.filter(endpoint_id=endpoint_id, status=DeliveryStatus.PENDING).update(
                status=DeliveryStatus.SKIPPED
            )
            kind = WebhookEndpointDisabled if because == DisabledReason.ASKED else WebhookEndpointGivenUp
            record(kind(**_event_payload(endpoint), because=because.label), reason=reason)
    return queries.endpoint(endpoint_id)


def remove_endpoint(*, endpoint_id: UUID) -> None:
    """Remove an endpoint with its secrets and its log. Raises NotFound."""
    with serialized():
        endpoint = queries.endpoint(endpoint_id)
        # The endpoint's row first: whoever makes or ends deliveries takes it first, too.
        list(Endpoint.objects.select_for_update().filter(id=endpoint_id))
        Attempt.objects.filter(delivery__endpoint_id=endpoint_id).delete()
        for below in (Delivery, Secret):
            below.objects.filter(endpoint_id=endpoint_id).delete()
        Endpoint.objects.filter(id=endpoint_id).delete()
        record(WebhookEndpointRemoved(**_event_payload(endpoint)))


def rotate_secret(*, endpoint_id: UUID, overlap_hours: int = OVERLAP_HOURS) -> NewSecret:
    """Give an endpoint a new secret; the old ones sign beside it for so many hours, 0 ends them at once.

    Raises NotFound, Conflict while too many secrets overlap.
    """
    with serialized():
        endpoint = queries.endpoint(endpoint_id)
        ends_at = queries.true_now() + timedelta(hours=overlap_hours)
        lasting = Secret.objects.filter(endpoint=endpoint)
        lasting.filter(ends_at__gt=ends_at).update(ends_at=ends_at)
        lasting.filter(ends_at=None).update(ends_at=ends_at)
        if len(queries.live_secrets(endpoint)) >= SECRETS_MAX:
            raise Conflict(
                f"{SECRETS_MAX} secrets sign already. Wait for one to end, or end them with an overlap of 0."
            )
        secret = _add_secret(endpoint)
        record(WebhookEndpointSecretRotated(**_event_payload(endpoint), previous_ends_at=ends_at))
    return NewSecret(queries.endpoint(endpoint_id), secret, ends_at)


def redeliver(*, endpoint_id: UUID, delivery_id: UUID, reason: str = "") -> int:
    """Send one delivery again, whatever became of it; return 1. Raises NotFound, Conflict while it is off."""
    queries.delivery(endpoint_id=endpoint_id, delivery_id=delivery_id)
    return _redeliver(endpoint_id, reason, id=delivery_id)


def redeliver_since(*, endpoint_id: UUID, since: datetime) -> int:
    """Send everything since an instant again, in its order; return how much. Raises NotFound, Conflict."""
    return _redeliver(endpoint_id, "", created_at__gte=since)


def _redeliver(endpoint_id: UUID, reason: str, **which: Any) -> int:
    """Make deliveries pending as if they were new. One that is being sent right now is sent once more."""
    with serialized():
        endpoint = queries.endpoint(endpoint_id)
        if not endpoint.is_on:
            raise Conflict("This endpoint is off. Switch it on first.")
        chosen = Delivery.objects.filter(endpoint_id=endpoint_id, **which).exclude(kind=published.TEST)
        count = chosen.update(
            status=DeliveryStatus.PENDING, failures=0, due_at=Now(), claim_ends_at=None, delivered_at=None
        )
        record(WebhookEndpointRedelivered(**_event_payload(endpoint), deliveries=count), reason=reason)
    return count


def place_test(*, endpoint_id: UUID, lease: timedelta) -> Delivery:
    """Make a test message, claimed by the caller, who sends it. Raises FeatureNotInPlan, NotFound."""
    with serialized():
        require_webhooks()
        endpoint, now = queries.endpoint(endpoint_id), queries.true_now()
        data = {"endpoint": str(endpoint.id)}
        delivery = Delivery.objects.create(
            endpoint=endpoint,
            kind=published.TEST,
            body=published.body(kind=published.TEST, at=now, data=data, seq=None, previous=None),
            claim_ends_at=now + lease,
        )
        record(WebhookEndpointTested(**_event_payload(endpoint)))
    return delivery


def require_webhooks() -> Entitlements:
    """Return what the organization may do; raise FeatureNotInPlan where webhooks are no part of it."""
    entitled = entitlements(tenancy.current_organization_id()).fetch()
    entitled.require(FEATURE)
    return entitled


def _require_room() -> None:
    """Raise FeatureNotInPlan, or EndpointsLimit when all that the plan has room for are there."""
    entitled = require_webhooks()
    limit = entitled.limit("webhook_endpoints")
    if limit is not None and Endpoint.objects.count() >= limit:
        raise EndpointsLimit(f"There is room for {limit} webhook endpoints. Remove one first.", limit=limit)


def _require_new(url: str) -> None:
    if Endpoint.objects.filter(url=url).exists():
        raise Conflict("There is an endpoint with this URL already. Change that one.")


def _require_kinds(kinds: Sequence[str]) -> None:
    unknown = sorted(set(kinds) - published.PUBLISHED.keys() - {EVERYTHING})
    if unknown or not kinds:
        problem = f"There is no event {unknown[0]!r}." if unknown else "Choose at least one event."
        raise Invalid(problem, field="events")


def _add_secret(endpoint: Endpoint) -> str:
    secret = secrets.new_secret()
    Secret.objects.create(endpoint=endpoint, encrypted=secrets.encrypt(secret))
    return secret


def _event_payload(endpoint: Endpoint) -> dict[str, Any]:
    """Return the event payload of an endpoint: its host, since the rest of a URL may be a secret."""
    return {"endpoint": endpoint.id, "host": endpoint.host, "events": endpoint.events}


def forget_organization() -> None:
    """Remove every endpoint of this organization with its secrets and its log."""
    for endpoint_id in Endpoint.objects.values_list("id", flat=True):
        remove_endpoint(endpoint_id=endpoint_id)
