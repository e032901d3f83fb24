"""Events and webhook endpoints."""

from fnmatch import fnmatch

import stripe
from stripe import params as sdk

from fake_stripe.engine.store import Obj, ObjectStore, new_id
from fake_stripe.mode import webhook_secret
from fake_stripe.models import DeliveryState, FakeEvent
from fake_stripe.routes.registry import LIST, PAGE, listed, metadata, page, route, some
from fake_stripe.wire import ApiError, Params, missing

TYPES_MAXIMUM = 20


@route("get /v1/events", sdk.EventListParams, f"{LIST} type types delivery_success")
def list_events(store: ObjectStore, params: Params) -> Obj:
    """Return events, the newest first; `delivery_success=false` those that did not arrive."""
    wanted = params.get("types") or ([params["type"]] if "type" in params else ["*"])
    if len(wanted) > TYPES_MAXIMUM:
        raise ApiError(f"You may pass up to {TYPES_MAXIMUM} types.", param="types")
    rows = FakeEvent.objects.order_by("-position")
    if "delivery_success" in params:
        arrived = FakeEvent.objects.filter(deliveries__state=DeliveryState.DELIVERED).values("id")
        rows = rows.filter(id__in=arrived) if params["delivery_success"] else rows.exclude(id__in=arrived)
    found = [row.data for row in rows if any(fnmatch(row.type, pattern) for pattern in wanted)]
    return page(found, "/v1/events", params)


@route("get /v1/events/{id}", sdk.EventRetrieveParams)
def retrieve_event(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return an event."""
    row = FakeEvent.objects.filter(stripe_id=id).first()
    if row is None:
        raise missing("event", id)
    data: Obj = row.data
    return data


@route(
    "post /v1/webhook_endpoints",
    sdk.WebhookEndpointCreateParams,
    "url enabled_events api_version description metadata",
    of_account=True,
)
def create_webhook_endpoint(store: ObjectStore, params: Params) -> Obj:
    """Register a webhook endpoint. Its address is never used: every event goes to this machine's own."""
    if params.get("api_version", stripe.api_version) != stripe.api_version:
        raise ApiError(f"The sandbox speaks API version {stripe.api_version} only.", param="api_version")
    made = {
        "id": new_id("webhook_endpoint"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": store.time,
        "description": params.get("description") or None,
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "status": "enabled",
        "url": params["url"],
    }
    store.add(made)
    return made | {"secret": webhook_secret()}


@route("get /v1/webhook_endpoints", sdk.WebhookEndpointListParams, PAGE)
def list_webhook_endpoints(store: ObjectStore, params: Params) -> Obj:
    """Return the registered endpoints."""
    return listed(store, "webhook_endpoint", "/v1/webhook_endpoints", params, "")


@route("get /v1/webhook_endpoints/{id}", sdk.WebhookEndpointRetrieveParams)
def retrieve_webhook_endpoint(store: ObjectStore, params: Params, id: str) -> Obj:
    """Return a registered endpoint."""
    return store.get("webhook_endpoint", id)


@route(
    "post /v1/webhook_endpoints/{id}",
    sdk.WebhookEndpointUpdateParams,
    "url enabled_events description disabled metadata",
)
def update_webhook_endpoint(store: ObjectStore, params: Params, id: str) -> Obj:
    """Change a registered endpoint."""
    found = store.get("webhook_endpoint", id)
    fields = some(params, "url enabled_events description") | {"metadata": metadata(found, params)}
    if "disabled" in params:
        fields["status"] = "disabled" if params["disabled"] else "enabled"
    store.change(found, **fields)
    return found


@route("delete /v1/webhook_endpoints/{id}", sdk.WebhookEndpointDeleteParams)
def delete_webhook_endpoint(store: ObjectStore, params: Params, id: str) -> Obj:
    """Delete a registered endpoint."""
    store.remove(store.get("webhook_endpoint", id))
    return {"id": id, "object": "webhook_endpoint", "deleted": True}
