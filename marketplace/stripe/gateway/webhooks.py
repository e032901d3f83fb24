"""Verify Stripe's webhook requests: signature, age and account."""

import time
from datetime import datetime
from typing import Any

import stripe
from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.exceptions import ParseError

from marketplace.models.modes import BillingMode
from marketplace.stripe.gateway.snapshots import EventSnapshot
from marketplace.stripe.gateway.values import at
from saas.kernel.errors import DomainError
from saas.web.api.parsers import parse_object

TOLERANCE_SECONDS = 300
ID_CHARACTERS_MAX = 255
"""As long as Stripe says that its ids may become, and as our columns are."""


class NotFromStripe(DomainError):
    """The request is forged, stale, foreign or no event at all; nothing of it is believed."""

    code, status, title = "webhook_refused", 400, "Not accepted"


def verified_event(*, body: bytes, signature: str) -> EventSnapshot:
    """Return the event of a signed request.

    Raises NotFromStripe unless one of our secrets signed exactly these bytes within the last five minutes, and
    they are an event of our API version and mode, from our own account.
    """
    _require_signature(body, signature)
    event = _decoded(body)
    is_live = settings.BILLING_MODE == BillingMode.LIVE
    expected = {"object": "event", "api_version": settings.STRIPE_API_VERSION, "livemode": is_live}
    for name, value in expected.items():
        if event.get(name) != value:
            raise NotFromStripe(f"This endpoint takes events whose {name} is {value!r}.", field=name)
    if event.get("account") or event.get("context"):
        raise NotFromStripe("This endpoint takes events of its own account only.", field="account")
    return _snapshot(event)


def _require_signature(body: bytes, signature: str) -> None:
    for secret in _secrets():
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, ValueError):
            continue
        # The library looks at the past only: a signature made for later could be kept and played then.
        if _signed_at(signature) <= time.time() + TOLERANCE_SECONDS:
            return
    raise NotFromStripe("The signature is missing, wrong or too old.", field="signature")


def _secrets() -> list[str]:
    """Return the secrets to try: the sandbox has its own, which counts nowhere else."""
    if settings.BILLING_MODE != BillingMode.SANDBOX:
        return list(settings.STRIPE_WEBHOOK_SECRETS)
    return [import_string(settings.FAKE_STRIPE_WEBHOOK_SECRET)()]


def _signed_at(signature: str) -> int:
    return max(int(part.partition("=")[2]) for part in signature.split(",") if part.strip().startswith("t="))


def _decoded(body: bytes) -> dict[str, Any]:
    """Return the event as strictly parsed as the API's bodies: no text in it that PostgreSQL could not store."""
    try:
        return parse_object(body)
    except ParseError as error:
        raise NotFromStripe(str(error.detail), field="body") from error


def _snapshot(event: dict[str, Any]) -> EventSnapshot:
    try:
        thing = event["data"]["object"]
        created_at: datetime = at(event["created"])
        snapshot = EventSnapshot(str(event["id"]), str(event["type"]), created_at, str(thing.get("id") or ""), event)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise NotFromStripe("The body is not an event.", field="body") from error
    if max(len(snapshot.event_id), len(snapshot.object_id)) > ID_CHARACTERS_MAX:
        raise NotFromStripe(f"An id has at most {ID_CHARACTERS_MAX} characters.", field="id")
    return snapshot


def signature_of(body: str, secret: str) -> str:
    """Return the header Stripe would send with the body; the sandbox and tests sign with it."""
    return str(stripe.WebhookSignature.generate_signature_header(body, secret))
