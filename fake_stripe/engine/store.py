"""The Stripe objects of one organization, read and changed in one transaction; changes become events."""

import secrets
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import stripe

from fake_stripe.models import FakeEvent, FakeObject
from fake_stripe.wire import missing

Obj = dict[str, Any]

PREFIXES = {
    "customer": "cus",
    "product": "prod",
    "price": "price",
    "checkout.session": "cs",
    "item": "li",
    "payment_intent": "pi",
    "setup_intent": "seti",
    "payment_method": "pm",
    "payment_method_configuration": "pmc",
    "charge": "ch",
    "refund": "re",
    "dispute": "du",
    "radar.early_fraud_warning": "issfr",
    "subscription": "sub",
    "subscription_item": "si",
    "subscription_schedule": "sub_sched",
    "invoice": "in",
    "invoiceitem": "ii",
    "line_item": "il",
    "invoice_payment": "inpay",
    "credit_note": "cn",
    "credit_note_line_item": "cnli",
    "billing.meter": "mtr",
    "billing.meter_event": "mev",
    "billing.meter_event_summary": "mes",
    "billing_portal.configuration": "bpc",
    "billing_portal.session": "bps",
    "webhook_endpoint": "we",
    "balance_transaction": "txn",
    "test_helpers.test_clock": "clock",
    "event": "evt",
    "request": "req",
}

INCLUDABLE = {
    "checkout.session": ("line_items",),
    "charge": ("refunds",),
    "invoice": ("payments", "confirmation_secret"),
    "customer": ("sources", "subscriptions", "tax", "tax_ids"),
}
"""Fields that only `expand` shows; INCLUDES makes them when they are asked for."""


def new_id(kind: str) -> str:
    """Return a new id of the fake Stripe: "pi_sandbox_1f..."."""
    return f"{PREFIXES[kind]}_sandbox_{secrets.token_hex(12)}"


def listing(rows: list[Obj], url: str, *, has_more: bool = False) -> Obj:
    """Return a list as the API wraps it."""
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


@dataclass
class ObjectStore:
    """The objects of one organization, or of the account without one, at the instant `now` of its own clock."""

    organization_id: UUID | None
    now: datetime
    request: Obj = field(default_factory=lambda: {"id": None, "idempotency_key": None})
    emitted: list[FakeEvent] = field(default_factory=list)
    _rows: dict[str, FakeObject] = field(default_factory=dict)

    @property
    def time(self) -> int:
        """Return `now` as Stripe writes it: whole seconds since 1970."""
        return int(self.now.timestamp())

    def row(self, id: str) -> FakeObject | None:
        """Return the row of an object or None; the same row each time."""
        if id not in self._rows:
            row = FakeObject.objects.filter(stripe_id=id).first()
            if row is None:
                return None
            self._rows[id] = row
        return self._rows[id]

    def get(self, kind: str, id: str, *, param: str = "id") -> Obj:
        """Return an object, to be changed by `change` only. Raises Stripe's 404."""
        row = self.row(id)
        if row is None or row.kind != kind:
            raise missing(kind, id, param=param)
        data: Obj = row.data
        return data

    def hidden(self, id: str) -> Obj:
        """Return the fields of an object that the API never shows; `change` saves them too."""
        row = self.row(id)
        assert row is not None
        hidden: Obj = row.hidden
        return hidden

    def find(self, kind: str, **fields: Any) -> list[Obj]:
        """Return the objects whose fields have these values, the newest first; None means any value."""
        wanted = {name: value for name, value in fields.items() if value is not None}
        rows = FakeObject.objects.filter(kind=kind, data__contains=wanted).order_by("-position")
        if self.organization_id:
            rows = rows.filter(organization_id=self.organization_id)
        return [self._rows.setdefault(row.stripe_id, row).data for row in rows]

    def add(self, obj: Obj, *, id: str = "", due_at: int | None = None, event_type: str = "", **hidden: Any) -> Obj:
        """Save a new object; `event_type` is the type of its event, `due_at` when its scheduled change runs.

        `id` is for the few kinds of object that have no id of their own.
        """
        row = FakeObject(
            organization_id=self.organization_id,
            stripe_id=id or obj["id"],
            kind=obj["object"],
            data=obj,
            hidden=hidden,
            due_at=instant(due_at),
        )
        row.save(force_insert=True)
        self._rows[row.stripe_id] = row
        if event_type:
            self.emit(event_type, obj)
        return obj

    def change(self, obj: Obj, *, event_type: str = "", **fields: Any) -> Obj:
        """Set fields and save; return their previous values. With `event_type`, emit an event if anything changed."""
        before = {name: deepcopy(obj.get(name)) for name, value in fields.items() if obj.get(name) != value}
        obj.update(fields)
        row = self._rows[obj["id"]]
        row.save(update_fields=["data", "hidden"])
        if event_type and before:
            self.emit(event_type, obj, before if event_type.endswith("updated") else None)
        return before

    def due(self, obj: Obj, at: int | None) -> None:
        """Set when the object's scheduled change runs; None for never."""
        row = self._rows[obj["id"]]
        row.due_at = instant(at)
        row.save(update_fields=["due_at"])

    def remove(self, obj: Obj) -> None:
        """Delete an object."""
        self._rows.pop(obj["id"]).delete()

    def emit(self, type: str, obj: Obj, before: Obj | None = None) -> None:
        """Save the event that Stripe would send about the object as it is now; `before` are its previous attributes."""
        data: Obj = {"object": deepcopy(shown(obj))}
        if before is not None:
            data["previous_attributes"] = before
        event: Obj = {
            "id": new_id("event"),
            "object": "event",
            "api_version": stripe.api_version,
            "created": self.time,
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": self.request,
            "type": type,
        }
        row = FakeEvent(organization_id=self.organization_id, stripe_id=event["id"], type=type, data=event)
        row.save(force_insert=True)
        self.emitted.append(row)

    def expanded(self, obj: Obj, paths: list[str]) -> Obj:
        """Return the object as the API shows it, with the fields of the `expand` paths in full."""
        made = deepcopy(obj if obj.get("object") == "list" else shown(obj))
        for path in paths:
            self._open(made, path.split("."), path)
        return made

    def _open(self, obj: Obj, path: list[str], whole: str) -> None:
        name, rest = path[0], path[1:]
        if name not in obj and name in INCLUDABLE.get(obj.get("object", ""), ()):
            obj[name] = INCLUDES[obj["object"], name](self, obj)
        value = obj.get(name)
        if isinstance(value, str):
            row = self.row(value)
            if row is not None:
                value = obj[name] = deepcopy(shown(row.data))
        for item in value if isinstance(value, list) else [value]:
            if rest and isinstance(item, dict):
                self._open(item, rest, whole)


INCLUDES: dict[tuple[str, str], Callable[[ObjectStore, Obj], Any]] = {}
"""What makes each field that only `expand` shows, by kind of object and field."""


def shown(obj: Obj) -> Obj:
    """Return the object without the fields that only `expand` shows."""
    hidden = INCLUDABLE.get(obj.get("object", ""), ())
    return {name: value for name, value in obj.items() if name not in hidden}


def instant(time: int | None) -> datetime | None:
    """Return Stripe's seconds as an instant."""
    return None if time is None else datetime.fromtimestamp(time, UTC)
