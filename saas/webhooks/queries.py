"""Reading endpoints and their logs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Now

from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import NotFound
from saas.webhooks.models import Attempt, Delivery, Endpoint, Secret


def endpoints() -> QuerySet[Endpoint]:
    """Return the organization's endpoints, newest first."""
    found: QuerySet[Endpoint] = Endpoint.objects.prefetch_related(
        Prefetch("secrets", Secret.objects.filter(_lives()).order_by("-created_at"))
    )
    return found.order_by("-id")


def endpoint(endpoint_id: UUID) -> Endpoint:
    """Return one endpoint of the organization; raise NotFound."""
    found = endpoints().filter(id=endpoint_id).first()
    if found is None:
        raise NotFound("There is no such webhook endpoint.")
    return found


def switched_on() -> QuerySet[Endpoint]:
    """Return the organization's endpoints that are sent to."""
    return Endpoint.objects.filter(off_because="")


def live_secrets(endpoint: Endpoint) -> list[Secret]:
    """Return the secrets that sign the endpoint's messages, the newest first."""
    return list(Secret.objects.filter(_lives(), endpoint=endpoint).order_by("-created_at"))


def _lives() -> Q:
    return Q(ends_at=None) | Q(ends_at__gt=Now())


def deliveries(endpoint_id: UUID, **only: Any) -> QuerySet[Delivery]:
    """Return an endpoint's deliveries with their attempts, newest first."""
    attempts = Prefetch("attempts", Attempt.objects.order_by("-at"))
    found: QuerySet[Delivery] = Delivery.objects.filter(endpoint_id=endpoint_id, **only).prefetch_related(attempts)
    return found.order_by("-id")


def delivery(*, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
    """Return one delivery of an endpoint; raise NotFound."""
    found = deliveries(endpoint_id).filter(id=delivery_id).first()
    if found is None:
        raise NotFound("There is no such delivery; the log goes back 30 days.")
    return found


def true_now() -> datetime:
    """Return the true time, not the moved clock of a test organization: receivers live by the true one."""
    with tenancy.nobody():
        return database_now()
