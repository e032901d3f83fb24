"""What is recorded about webhook endpoints: their host, since the rest of an address may be a secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class EndpointEvent(AuditEvent):
    endpoint: UUID
    host: str
    events: Sequence[str]


class WebhookEndpointCreated(EndpointEvent, kind="webhook_endpoint.created"): ...


@dataclass(frozen=True, kw_only=True)
class WebhookEndpointUpdated(EndpointEvent, kind="webhook_endpoint.updated"):
    changed: Sequence[str]


class WebhookEndpointEnabled(EndpointEvent, kind="webhook_endpoint.enabled"): ...


@dataclass(frozen=True, kw_only=True)
class WebhookEndpointDisabled(EndpointEvent, kind="webhook_endpoint.disabled"):
    because: str


@dataclass(frozen=True, kw_only=True)
class WebhookEndpointGivenUp(EndpointEvent, kind="webhook_endpoint.given_up"):
    because: str


class WebhookEndpointRemoved(EndpointEvent, kind="webhook_endpoint.removed"): ...


@dataclass(frozen=True, kw_only=True)
class WebhookEndpointSecretRotated(EndpointEvent, kind="webhook_endpoint.secret_rotated"):
    previous_ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class WebhookEndpointRedelivered(EndpointEvent, kind="webhook_endpoint.redelivered"):
    deliveries: int


class WebhookEndpointTested(EndpointEvent, kind="webhook_endpoint.tested"): ...
