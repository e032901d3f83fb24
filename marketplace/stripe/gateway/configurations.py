"""The two configurations of pages at Stripe that are ours: the ways to pay that are offered, and the customer portal.

Each is there once. Who opens a page uses the one that is found, and makes it where there is none; what a release wants
of it is written by `ensure_methods` and `ensure_portal`, which `stripe_webhook` calls: not by whoever pays first, so
that two releases that run beside each other do not undo each other's work.
"""

from typing import Any

from marketplace.stripe.gateway.client import asking
from saas.kernel.ids import uuid7

METHODS_NAME = "Milepost"
OFFERED = ("card", "apple_pay", "google_pay", "link", "sepa_debit", "us_bank_account")
"""What a pay page and the portal offer, as far as the account and the currency allow; the wallets are cards."""

PORTAL_KEY = "milepost"
PORTAL_VERSION = "3"
"""The metadata by which our portal is found, and the release of it that wrote it last."""


def methods() -> str:
    """Return the id of the configuration of ways to pay."""
    found = _methods_there()
    return str((found or _make_methods()).id)


def ensure_methods() -> tuple[str, str]:
    """See that exactly OFFERED is offered; return the id and what was done: `made`, `updated` or `unchanged`."""
    found = _methods_there()
    there = found or _make_methods()
    changes = _changes(there)
    if changes:
        with asking() as c:
            c.v1.payment_method_configurations.update(there.id, changes, {"idempotency_key": f"methods:{uuid7()}"})
    return there.id, "made" if found is None else "updated" if changes else "unchanged"


def _methods_there() -> Any:
    with asking() as c:
        found = c.v1.payment_method_configurations.list({"limit": 100}).data
    return next((one for one in found if one.name == METHODS_NAME and one.active), None)


def _make_methods() -> Any:
    params: Any = {"name": METHODS_NAME, **_preferring(OFFERED, "on")}
    with asking() as c:
        return c.v1.payment_method_configurations.create(params, {"idempotency_key": "payment-methods:1"})


def _preferring(kinds: Any, preference: str) -> Any:
    return {kind: {"display_preference": {"preference": preference}} for kind in kinds}


def _changes(there: Any) -> Any:
    """Return what to change of a configuration so that it offers OFFERED; of the others only what is on is named."""
    values = {
        name: value["display_preference"]["preference"]
        for name, value in there.to_dict().items()
        if isinstance(value, dict) and "display_preference" in value
    }
    missing = [kind for kind in OFFERED if values.get(kind) != "on"]
    others = [kind for kind, preference in values.items() if kind not in OFFERED and preference != "off"]
    return _preferring(missing, "on") | _preferring(others, "off")


def portal() -> str:
    """Return the id of the portal for cards, addresses and bills; plans are changed here, not there."""
    found = _portals()
    return str(found[0].id if found else _make_portal(methods()).id)


def ensure_portal(methods_id: str) -> tuple[str, str]:
    """See that there is one portal of ours, as this release wants it; return its id and what was done.

    `made`, `updated` or `unchanged`. Those of former releases are switched off.
    """
    found = _portals()
    if not found:
        return _make_portal(methods_id).id, "made"
    there, *older = found
    updated = bool(older) or not _is_as_wanted(there, methods_id)
    with asking() as c:
        if not _is_as_wanted(there, methods_id):
            wanted: Any = _wanted(methods_id)
            c.v1.billing_portal.configurations.update(there.id, wanted, {"idempotency_key": f"portal:{uuid7()}"})
        for one in older:
            if not one.is_default:
                c.v1.billing_portal.configurations.update(
                    one.id, {"active": False}, {"idempotency_key": f"portal:{uuid7()}"}
                )
    return there.id, "updated" if updated else "unchanged"


def _portals() -> list[Any]:
    """Return our active portals, the one of the newest release first."""
    with asking() as c:
        found = c.v1.billing_portal.configurations.list({"active": True, "limit": 100}).data
    ours = [one for one in found if one.metadata and PORTAL_KEY in one.metadata]
    return sorted(ours, key=lambda one: (one.metadata[PORTAL_KEY], one.created), reverse=True)


def _make_portal(methods_id: str) -> Any:
    wanted: Any = _wanted(methods_id)
    with asking() as c:
        return c.v1.billing_portal.configurations.create(
            wanted, {"idempotency_key": f"portal-configuration:{PORTAL_VERSION}"}
        )


def _wanted(methods_id: str) -> dict[str, Any]:
    return {
        "features": {
            "payment_method_update": {"enabled": True, "payment_method_configuration": methods_id},
            "invoice_history": {"enabled": True},
            "customer_update": {"enabled": True, "allowed_updates": ["name", "email", "address", "tax_id"]},
            "subscription_cancel": {"enabled": False},
            "subscription_update": {"enabled": False},
        },
        "metadata": {PORTAL_KEY: PORTAL_VERSION},
    }


def _is_as_wanted(there: Any, methods_id: str) -> bool:
    features, wanted = there.to_dict()["features"], _wanted(methods_id)["features"]
    same = all(
        sorted(features.get(name, {}).get(key) or ()) == sorted(value)
        if isinstance(value, list)
        else features.get(name, {}).get(key) == value
        for name, values in wanted.items()
        for key, value in values.items()
    )
    return same and there.metadata[PORTAL_KEY] == PORTAL_VERSION
