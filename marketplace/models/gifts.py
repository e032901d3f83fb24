"""The gift's table."""

from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from saas.accounts.models import Organization, User
from saas.accounts.tenancy import TenantModel
from saas.kernel.isolation import TenantForeignKey
from tokens.kinds import QuotaScope


class GiftKind(models.TextChoices):
    """What is given: tokens of Milepost's, a pack somebody bought, or a share of the organization's own tokens.

    `received`: a pack that another organization bought, as its recipient sees it.
    """

    STAFF = "staff"
    PACK = "pack"
    RECEIVED = "received"
    QUOTA = "quota"


class GiftStatus(models.TextChoices):
    """The status of a gift. `unpaid`: a pack that is ordered and not paid yet."""

    UNPAID = "unpaid"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OPEN = [GiftStatus.UNPAID, GiftStatus.OFFERED]


class Gift(TenantModel):
    """Tokens offered to somebody.

    `from_name` and `to_name` are kept as they were. A pack's `to_name` is the address it is sent to. Its row is the
    giver's alone; the recipient has a `received` one. In both, `clawed_tokens` and `frozen` are what the recipient's
    bucket was last brought to.
    """

    kind = models.CharField(max_length=8, choices=GiftKind)
    status = models.CharField(max_length=9, choices=GiftStatus, default=GiftStatus.OFFERED)
    tokens = models.PositiveIntegerField()
    from_name = models.CharField(max_length=120)
    to_name = models.CharField(max_length=254)
    note = models.CharField(max_length=280, blank=True)
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    request_key = models.CharField(max_length=255, null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    scope = models.CharField(max_length=12, choices=QuotaScope, blank=True)
    subject_id = models.UUIDField(null=True)

    order = TenantForeignKey("marketplace.PackOrder", on_delete=models.PROTECT, null=True, related_name="gifts")
    payment = TenantForeignKey("marketplace.Payment", on_delete=models.PROTECT, null=True, related_name="gifts")
    secret_hash = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    mail_due_at = models.DateTimeField(null=True)
    recipient = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")
    delivered_at = models.DateTimeField(null=True)
    clawed_tokens = models.PositiveIntegerField(default=0)
    frozen = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], name="gift_waiting", condition=Q(status="offered")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "request_key"], name="gift_request_once"),
            models.CheckConstraint(condition=Q(status__in=GiftStatus.values), name="gift_status_known"),
            models.CheckConstraint(condition=Q(tokens__gt=0), name="gift_of_something"),
            models.CheckConstraint(
                condition=Q(kind__in=["staff", "received"], subject_id=None, order=None)
                | Q(kind="quota", subject_id__isnull=False, scope__in=["user", "department"], order=None)
                | Q(kind="pack", subject_id=None, order__isnull=False, secret_hash__isnull=False),
                name="gift_of_one_kind",
            ),
            models.CheckConstraint(
                condition=Q(status="unpaid", kind="pack", payment=None, expires_at=None, ended_at=None)
                | Q(status="offered", expires_at__isnull=False, ended_at=None)
                | (~Q(status__in=["unpaid", "offered"]) & Q(ended_at__isnull=False)),
                name="gift_open_or_ended",
            ),
            models.CheckConstraint(
                condition=Q(kind="pack", status="accepted", recipient__isnull=False, payment__isnull=False)
                | (~Q(kind="pack", status="accepted") & Q(recipient=None, delivered_at=None)),
                name="gift_taken_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tokens:,} tokens for {self.to_name}"

    @property
    def business_key(self) -> str:
        """Return the key of the bucket that acceptance grants."""
        return f"gift:{self.pk}"


class GiftRecipient(Organization):
    """An organization as staff find it to offer it tokens."""

    class Meta:
        proxy = True
        verbose_name = "organization to give to"
        verbose_name_plural = "organizations to give to"

    @property
    def organization_id(self) -> UUID:
        """Return the organization's own id."""
        return self.pk
