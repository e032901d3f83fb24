"""Requests for more tokens than a quota allows, and stored activity of logins and accounts."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from saas.accounts.models import User
from saas.accounts.tenancy import TenantModel
from saas.kernel.ids import uuid7
from tokens.kinds import QuotaScope


class RequestStatus(models.TextChoices):
    """The status of a request; only an open one can be answered."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"


class TokenRequest(TenantModel):
    """Somebody asks that a quota which covers them be raised; one open request a person."""

    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=12, choices=QuotaScope)
    subject_id = models.UUIDField()
    tokens = models.IntegerField()
    note = models.CharField(max_length=500)
    status = models.CharField(max_length=8, choices=RequestStatus, default=RequestStatus.OPEN)
    for_good = models.BooleanField(default=False)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "asked_by"],
                name="token_request_open_once",
                condition=Q(status=RequestStatus.OPEN),
            ),
            models.CheckConstraint(condition=Q(tokens__gt=0), name="token_request_asks_for_some"),
            models.CheckConstraint(
                condition=Q(status=RequestStatus.OPEN, answered_at=None)
                | Q(status__in=[RequestStatus.APPROVED, RequestStatus.DECLINED], answered_at__isnull=False),
                name="token_request_open_or_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tokens} more: {self.status}"


class AccountActivity(models.Model):
    """A login or a change of an account, until it is recorded in the audit log: see `saas.team.activity`.

    `chain_id` is the organization whose chain it goes to, or the platform's. `address` is a block of addresses.
    A failure counts how often it happened in its window.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    chain_id = models.UUIDField()
    kind = models.CharField(max_length=60)
    user_id = models.UUIDField(null=True)
    address = models.CharField(max_length=64, blank=True)
    data = models.JSONField()
    request_id = models.CharField(max_length=64, blank=True)
    times = models.PositiveIntegerField(default=1)
    happened_at = models.DateTimeField()
    window_starts_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "user_id", "address", "window_starts_at"],
                name="account_activity_once_a_window",
                condition=Q(window_starts_at__isnull=False),
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="account_activity_due")]

    def __str__(self) -> str:
        return self.kind
