"""The admin of webhooks: endpoints, deliveries and attempts, and redelivery."""

from typing import Any

from django.contrib import admin

from saas.web.admin import ReadOnlyAdmin, confirmed_action
from saas.webhooks import actions
from saas.webhooks.models import Attempt, Delivery, DisabledReason, Endpoint, Secret

BY_ORGANIZATION = ("organization__name", "=organization__id")


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """Where events go. The rest of a URL may be the customer's secret; it is theirs to show."""

    list_display = ("organization", "host", "off_because", "off_at", "failing_since", "created_at")
    list_filter = ("off_because", "created_at", ("failing_since", admin.EmptyFieldListFilter))
    search_fields = (*BY_ORGANIZATION, "=id")
    ordering = ("-id",)
    concealed = ("url",)
    readonly_fields = ("host",)
    actions = ("switch_on", "switch_off")

    @admin.display(description="host")
    def host(self, endpoint: Endpoint) -> str:
        return endpoint.host

    @confirmed_action("Switch on…")
    def switch_on(self, endpoint: Endpoint, values: dict[str, Any]) -> str:
        actions.switch_on(endpoint_id=endpoint.id, reason=values["reason"])
        return "switched on"

    @confirmed_action("Switch off…")
    def switch_off(self, endpoint: Endpoint, values: dict[str, Any]) -> str:
        actions.switch_off(endpoint_id=endpoint.id, because=DisabledReason.ASKED, reason=values["reason"])
        return "switched off"


@admin.register(Secret)
class SecretAdmin(ReadOnlyAdmin):
    """How many secrets sign for an endpoint, never which."""

    list_display = ("organization", "endpoint_id", "created_at", "ends_at")
    list_filter = ("created_at",)
    search_fields = (*BY_ORGANIZATION, "=endpoint__id")
    ordering = ("-created_at",)
    concealed = ("encrypted", "endpoint")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What was and is to be sent."""

    list_display = ("created_at", "organization", "kind", "status", "failures", "due_at", "delivered_at")
    list_filter = ("status", "kind", "created_at")
    search_fields = (*BY_ORGANIZATION, "=id", "=event_id", "=endpoint__id")
    ordering = ("-created_at",)
    concealed = ("endpoint",)
    actions = ("redeliver",)

    @confirmed_action("Send again…")
    def redeliver(self, delivery: Delivery, values: dict[str, Any]) -> str:
        actions.redeliver(endpoint_id=delivery.endpoint_id, delivery_id=delivery.id, reason=values["reason"])
        return "will be sent again"


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """Each call; what a customer's server answered is between the two."""

    list_display = ("at", "organization", "delivery_id", "status_code", "error", "milliseconds")
    list_filter = ("at", "status_code")
    search_fields = (*BY_ORGANIZATION, "=delivery__id")
    ordering = ("-at",)
    concealed = ("answer", "delivery")
