"""Pages about webhooks, under the settings. For owners and admins."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plans.queries import entitlements
from saas.kernel.errors import Conflict, Invalid
from saas.web.pages import caller_of, for_managers, page_of, status_of
from saas.webhooks import actions, delivery, queries
from saas.webhooks.forms import BY_NOUN, EndpointForm, RedeliveryForm, SecretRotationForm
from saas.webhooks.models import EVERYTHING, DisabledReason, Endpoint
from saas.webhooks.pace import limit_tests

DELIVERIES_SHOWN = 15


def with_webhooks(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let owners and admins only do this, where the plan has webhooks."""

    @for_managers
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actions.require_webhooks()
        return view(request, *args, **kwargs)

    return guarded


@for_managers
@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    """List endpoints, or say which plan has webhooks."""
    entitled, endpoints = entitlements(caller_of(request).organization_id).fetch(), list(queries.endpoints())
    limit = entitled.limit("webhook_endpoints")
    context = {
        "endpoints": endpoints,
        "entitled": entitled,
        "offered": entitled.has(actions.FEATURE),
        "limit": limit,
        "has_room": bool(endpoints) and (limit is None or len(endpoints) < limit),
        "plan": entitled.cheapest_plan_with(actions.FEATURE),
    }
    return render(request, "webhooks/webhooks.html", context)


@with_webhooks
@require_http_methods(["GET", "POST"])
def new_webhook(request: HttpRequest) -> HttpResponse:
    """Add an endpoint; its secret is shown once, in the answer itself."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _tried(form, lambda: actions.create_endpoint(kinds=form.kinds(), **form.values()))
        if made:
            return _endpoint(request, made.endpoint, new=made.secret)
    return _form(request, form)


@with_webhooks
@require_http_methods(["GET", "POST"])
def change_webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Change address, description and events."""
    endpoint = queries.endpoint(endpoint_id)
    form = EndpointForm(request.POST or None, initial=_initial(endpoint))
    if request.method == "POST" and form.is_valid():
        values = {**form.values(), "events": form.kinds()}
        if _tried(form, lambda: actions.change_endpoint(endpoint_id=endpoint_id, **values)):
            messages.success(request, "Saved.")
            return redirect("webhook", endpoint_id)
    return _form(request, form, endpoint=endpoint)


def _initial(endpoint: Endpoint) -> dict[str, Any]:
    chosen = [] if EVERYTHING in endpoint.events else endpoint.events
    return {"url": endpoint.url, "description": endpoint.description, "events": chosen}


def _form(request: HttpRequest, form: EndpointForm, **more: Any) -> HttpResponse:
    context = {"form": form, "published": BY_NOUN, **more}
    return render(request, "webhooks/webhook_form.html", context, status=status_of(form))


def _tried(form: EndpointForm, act: Callable[[], Any]) -> Any:
    """Return what the action returns, or None with its refusal beside the field it is about."""
    try:
        return act()
    except (Invalid, Conflict) as refusal:
        form.add_error("url", refusal.detail)
    return None


@with_webhooks
@require_GET
def webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Show an endpoint with its log."""
    return _endpoint(request, queries.endpoint(endpoint_id))


def _endpoint(request: HttpRequest, endpoint: Endpoint, **more: Any) -> HttpResponse:
    context = {
        "endpoint": endpoint,
        "everything": EVERYTHING in endpoint.events,
        "secrets": endpoint.secrets.all(),
        "page": page_of(request, queries.deliveries(endpoint.id), limit=DELIVERIES_SHOWN),
        "rotation_form": SecretRotationForm(),
        "redelivery_form": RedeliveryForm(),
        **more,
    }
    return render(request, "webhooks/webhook.html", context)


@with_webhooks
@require_GET
def webhook_delivery(request: HttpRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Show what was sent, and what each try was answered."""
    endpoint = queries.endpoint(endpoint_id)
    shown = queries.delivery(endpoint_id=endpoint_id, delivery_id=delivery_id)
    context = {
        "endpoint": endpoint,
        "delivery": shown,
        "attempts": shown.attempts.all(),
        "body": json.dumps(json.loads(shown.body), indent=2, ensure_ascii=False),
        "again": shown.event_id is not None and endpoint.is_on,
    }
    return render(request, "webhooks/delivery.html", context)


@with_webhooks
@require_POST
def switch_webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Switch an endpoint on or off."""
    if request.POST.get("on"):
        actions.switch_on(endpoint_id=endpoint_id)
        messages.success(request, "The endpoint is on. It gets what happens from now on.")
    else:
        actions.switch_off(endpoint_id=endpoint_id, because=DisabledReason.ASKED)
        messages.success(request, "The endpoint is off. What happens meanwhile can be sent again later.")
    return redirect("webhook", endpoint_id)


@with_webhooks
@require_POST
def remove_webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Remove an endpoint with its log."""
    actions.remove_endpoint(endpoint_id=endpoint_id)
    messages.success(request, "The endpoint is removed.")
    return redirect("webhooks")


@with_webhooks
@require_POST
def test_webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a test and show what was answered."""
    limit_tests(caller_of(request).organization_id)
    sent = delivery.test(endpoint_id=endpoint_id)
    return _endpoint(request, queries.endpoint(endpoint_id), tested=sent.attempts.all()[0])


@with_webhooks
@require_POST
def rotate_webhook_secret(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Make a new secret and show it once."""
    form = SecretRotationForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose how long the old secret goes on signing.")
        return redirect("webhook", endpoint_id)
    return _or_show_error(
        request,
        endpoint_id,
        lambda: _rotated(request, actions.rotate_secret(endpoint_id=endpoint_id, **form.cleaned_data)),
    )


def _rotated(request: HttpRequest, made: actions.NewSecret) -> HttpResponse:
    return _endpoint(request, made.endpoint, new=made.secret, previous_ends_at=made.previous_ends_at)


@with_webhooks
@require_POST
def redeliver_webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Send one delivery again, or everything of some hours."""
    return _or_show_error(request, endpoint_id, lambda: _redelivered(request, endpoint_id))


def _redelivered(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    form = RedeliveryForm(request.POST)
    if "delivery" in request.POST:
        count = actions.redeliver(endpoint_id=endpoint_id, delivery_id=_id_of(request.POST["delivery"]))
    elif form.is_valid():
        since = queries.true_now() - timedelta(hours=form.cleaned_data["hours"])
        count = actions.redeliver_since(endpoint_id=endpoint_id, since=since)
    else:
        raise Invalid("Choose how far back to send everything again.")
    messages.success(request, f"{count} deliver{'y is' if count == 1 else 'ies are'} on the way again.")
    return redirect("webhook", endpoint_id)


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("Choose a delivery of the log.") from error


def _or_show_error(request: HttpRequest, endpoint_id: UUID, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Run the action; show an error that the person can fix on the endpoint's page."""
    try:
        return do()
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.detail)
        return redirect("webhook", endpoint_id)
