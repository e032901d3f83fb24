"""What is recorded of the customer at Stripe, its card, and the events that Stripe sends."""

from dataclasses import dataclass

from audit.events import AuditEvent, SeenBy


@dataclass(frozen=True, kw_only=True)
class CustomerOpened(AuditEvent, kind="customer.opened"):
    customer: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class CustomerDeleted(AuditEvent, kind="customer.deleted"):
    """Somebody deleted the customer at Stripe, with its subscriptions."""

    customer: str


@dataclass(frozen=True, kw_only=True)
class CardChanged(AuditEvent, kind="card.changed"):
    brand: str
    last4: str


@dataclass(frozen=True, kw_only=True)
class CustomerDetailsChanged(AuditEvent, kind="customer.details_changed"):
    """The name, address or tax ids on the bills changed at Stripe; which of them, not what they are."""

    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class CustomerContactSent(AuditEvent, kind="customer.contact_sent"):
    """Stripe was told another name or address for the bills; which of them, not what they are."""

    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class StripeEventHandling(AuditEvent):
    event: str
    type: str


class WebhookParked(StripeEventHandling, kind="webhook.parked", seen_by=[SeenBy.STAFF]): ...


class WebhookReplayed(StripeEventHandling, kind="webhook.replayed", seen_by=[SeenBy.STAFF]): ...


@dataclass(frozen=True, kw_only=True)
class _Registration(AuditEvent):
    endpoint: str
    url: str


class WebhookRegistered(_Registration, kind="webhook.registered", seen_by=[SeenBy.STAFF]): ...


class WebhookRetired(_Registration, kind="webhook.retired", seen_by=[SeenBy.STAFF]): ...
