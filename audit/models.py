"""Events and the heads of their chains: written by the SQL function audit_append only."""

from uuid import UUID

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from saas.accounts.models import Organization, User
from saas.accounts.tenancy import TenantModel
from saas.kernel import tenancy
from saas.kernel.ids import uuid7

PLATFORM = UUID(int=0)
"""The chain of events that belong to no organization: price book, staff, sign-ups."""


class Event(models.Model):
    """What happened. No foreign keys: an event outlives what it tells of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization_id = models.UUIDField()
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    actor = models.JSONField()
    reason = models.TextField()
    data = models.JSONField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = [BrinIndex(fields=["created_at"], name="audit_event_by_time", autosummarize=True)]
        constraints = [models.UniqueConstraint(fields=["organization_id", "seq"], name="audit_event_seq_once")]
        ordering = ["organization_id", "seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class ChainHead(models.Model):
    """The newest event of a chain: what the next one's hash must cover."""

    organization_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_chain_head"

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.seq}"


class Notification(TenantModel):
    """A notification of one person, in the application and by e-mail; made once per event and person.

    Those of the platform's own chain, for staff, belong to no organization.

    Until `email_claim_ends_at` a worker is sending the mail; see Note [Told once, mailed at least once].
    """

    organization = models.ForeignKey(  # type: ignore[assignment]  # staff have notifications of no organization
        Organization,
        on_delete=models.PROTECT,
        null=True,
        default=tenancy.acting_for,
        editable=False,
        related_name="+",
        db_index=False,
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    event_id = models.UUIDField()
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField()
    in_app = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    emailed_at = models.DateTimeField(null=True)
    email_claim_ends_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "event_id"], name="notified_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(
                fields=["email_claim_ends_at"], name="notification_to_mail", condition=Q(emailed_at=None, by_mail=True)
            )
        ]

    def __str__(self) -> str:
        return self.title


class NotificationChoice(TenantModel):
    """What a person wants to be told about a topic in an organization; without one, everything everywhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=12)
    in_app = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "topic"], name="notification_chosen_once")
        ]

    def __str__(self) -> str:
        return self.topic


class ReaderPosition(models.Model):
    """How far a reader of the stream has come in one organization's chain."""

    reader = models.CharField(max_length=40)
    organization_id = models.UUIDField()
    seq = models.BigIntegerField(default=0)

    class Meta:
        db_table = "audit_reader_position"
        constraints = [models.UniqueConstraint(fields=["organization_id", "reader"], name="reader_position_once")]

    def __str__(self) -> str:
        return f"{self.reader} at {self.seq}"
