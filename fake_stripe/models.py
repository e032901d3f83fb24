"""The rows of the fake Stripe: objects, events, deliveries, and answers by idempotency key."""

import time

from django.db import models
from django.db.models.functions import Now

from saas.accounts.tenancy import TenantModel, _current_organization
from saas.kernel.isolation import TenantForeignKey


class FakeModel(TenantModel):
    """A row of one organization or, without one, of the whole account, which only the system can read.

    Nobody edits these rows in the admin: they have no permissions."""

    organization = models.ForeignKey(  # type: ignore[assignment]
        "accounts.Organization",
        on_delete=models.PROTECT,
        default=_current_organization,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )

    class Meta:
        abstract = True
        default_permissions = ()


class FakeObject(FakeModel):
    """A Stripe object: `data` as the API shows it, `hidden` what the API never shows."""

    stripe_id = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=48)
    data = models.JSONField()
    hidden = models.JSONField(default=dict)
    position = models.BigIntegerField(default=time.time_ns)
    due_at = models.DateTimeField(null=True)

    class Meta(FakeModel.Meta):
        db_table = "marketplace_sandbox_object"
        indexes = [
            models.Index(fields=["organization", "kind", "position"], name="sandbox_object_list"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="sandbox_object_due"),
        ]

    def __str__(self) -> str:
        return self.stripe_id


class FakeEvent(FakeModel):
    """An event of Stripe, as it is sent."""

    stripe_id = models.CharField(max_length=80, unique=True)
    type = models.CharField(max_length=80)
    data = models.JSONField()
    position = models.BigIntegerField(default=time.time_ns)

    class Meta(FakeModel.Meta):
        db_table = "marketplace_sandbox_event"
        indexes = [models.Index(fields=["organization", "position"], name="sandbox_event_list")]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"


class DeliveryState(models.TextChoices):
    """A `waiting` delivery is sent when due; a `held` one waits for the operator; a `lost` one is never sent."""

    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    LOST = "lost"
    FAILED = "failed"


class FakeDelivery(FakeModel):
    """The delivery of an event to the webhook address, with its attempts."""

    event = TenantForeignKey(FakeEvent, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=200, blank=True)

    class Meta(FakeModel.Meta):
        db_table = "marketplace_sandbox_delivery"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=DeliveryState.values), name="sandbox_delivery_state_known"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="sandbox_delivery_due"),
        ]

    def __str__(self) -> str:
        return self.state


class FakeAnswer(FakeModel):
    """The answer to an idempotency key."""

    key = models.CharField(max_length=255, unique=True)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(FakeModel.Meta):
        db_table = "marketplace_sandbox_answer"

    def __str__(self) -> str:
        return self.key
