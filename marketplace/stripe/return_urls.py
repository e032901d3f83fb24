"""Addresses that Stripe sends people back to."""

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

SESSION = "session_id={CHECKOUT_SESSION_ID}"
"""Stripe fills in which visit ended."""


def purchase(order_id: UUID) -> str:
    """Return the page of an order, which says whether it is paid."""
    return f"{settings.BASE_URL}/purchases/{order_id}?{SESSION}"


def packs() -> str:
    """Return the page on which packs are chosen."""
    return f"{settings.BASE_URL}/packs"


def billing() -> str:
    """Return the page with the subscription, the card and the bills."""
    return f"{settings.BASE_URL}/billing"


def subscribed(back: str = "") -> str:
    """Return where somebody arrives who has just subscribed; from there they are led back to a page of ours."""
    return f"{billing()}?{SESSION}" + (f"&{urlencode({'next': back})}" if back else "")


def plans() -> str:
    """Return the page on which plans are compared."""
    return f"{settings.BASE_URL}/plans"


def change_plan(plan_key: str) -> str:
    """Return the page that says what a plan costs and brings before it is paid."""
    return f"{plans()}/change?plan={plan_key}"
