"""Endpoints, their secrets, and what is sent to them."""

from urllib.parse import urlsplit
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from saas.accounts.tenancy import TenantModel
from saas.kernel.isolation import TenantForeignKey

EVERYTHING = "*"
"""In place of kinds: all of them, those that come later too."""


class DisabledReason(models.TextChoices):
    """Why an endpoint gets nothing."""

    ASKED = "asked", "Switched off"
    FAILING = "failing", "Nothing got through for days"
    GONE = "gone", "It answered 410 Gone"


class Endpoint(TenantModel):
    """A customer's webhook endpoint: a URL and the kinds of event it gets.

    It gets events after number `after_seq` of the organization's stream. `last_seq` is that of the newest one
    made into a delivery. `failing_since` is the first failure since something got through.
    """

    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    after_seq = models.BigIntegerField(editable=False)
    last_seq = models.BigIntegerField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    off_because = models.CharField(max_length=8, choices=DisabledReason, blank=True, editable=False)
    off_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "url"], name="webhook_url_once"),
            models.CheckConstraint(
                condition=Q(off_because="", off_at=None)
                | (Q(off_because__in=DisabledReason.values) & Q(off_at__isnull=False)),
                name="webhook_off_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_on(self) -> bool:
        """Return True if events are sent."""
        return not self.off_because

    @property
    def host(self) -> str:
        """Return the part of the URL that may be shown: the rest may be a secret."""
        return urlsplit(self.url).hostname or ""

    def wants(self, kind: str) -> bool:
        """Return True if the endpoint wants events of this kind."""
        return EVERYTHING in self.events or kind in self.events


class Secret(TenantModel):
    """What signs an endpoint's messages: encrypted, see `saas.webhooks.secrets`. Several while one is replaced."""

    # Rows below an endpoint are deleted by SQL with it, never one by one: DO_NOTHING, and the database watches.
    endpoint = TenantForeignKey(Endpoint, on_delete=models.DO_NOTHING, related_name="secrets")
    encrypted = models.TextField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ends_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "endpoint"], name="webhook_secret_newest_once", condition=Q(ends_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"secret of {self.endpoint_id}"


def message_id(delivery_id: UUID) -> str:
    """Return the id of a message, the same at every attempt."""
    return f"msg_{delivery_id.hex}"


class DeliveryStatus(models.TextChoices):
    """The status of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"
    """The endpoint was off; it can be sent again."""


class Delivery(TenantModel):
    """One event for one endpoint. `body` is sent as it is, every time.

    Until `claim_ends_at` a worker is sending it. A test has no event.
    """

    endpoint = TenantForeignKey(Endpoint, on_delete=models.DO_NOTHING, related_name="deliveries")
    event_id = models.UUIDField(null=True)
    seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    body = models.TextField()
    status = models.CharField(max_length=9, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    failures = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    claim_ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["organization", "endpoint", "event_id"], name="webhook_delivered_once"),
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="webhook_status_known"),
        ]
        indexes = [
            models.Index(fields=["endpoint", "due_at"], name="webhook_due", condition=Q(status="pending")),
            models.Index(fields=["endpoint", "id"], name="webhook_log"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"

    @property
    def message_id(self) -> str:
        """Return the id of the message, the same in each attempt."""
        return message_id(self.id)


class Attempt(TenantModel):
    """One call. Without `status_code` nobody answered, and `error` says why; `answer` is how the answer began."""

    delivery = TenantForeignKey(Delivery, on_delete=models.DO_NOTHING, related_name="attempts")
    at = models.DateTimeField(db_default=Now())
    milliseconds = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["delivery", "at"], name="webhook_attempts")]

    def __str__(self) -> str:
        return self.error or str(self.status_code)

    @property
    def arrived(self) -> bool:
        """Return True if the receiver took the message."""
        return not self.error and self.status_code is not None and 200 <= self.status_code < 300
