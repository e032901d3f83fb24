"""The payment state of an organization, and the last license state that people were notified of."""

from django.db import models
from django.db.models import Q

from saas.accounts.tenancy import TenantModel


class LicenseState(models.TextChoices):
    """The state of a license: active, paused, or a stage of an overdue one."""

    ACTIVE = "active"
    PAUSED = "paused"
    GRACE = "grace"
    OFFLINE = "offline"
    SUSPENDED = "suspended"


class License(TenantModel):
    """The payment state: since when it is overdue or paused, and until when staff extended the grace.

    What is overdue is not paused, and the other way round.
    """

    past_due_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    grace_until = models.DateTimeField(null=True)
    recorded_state = models.CharField(max_length=9, choices=LicenseState, default=LicenseState.ACTIVE)
    warned_state = models.CharField(max_length=9, choices=LicenseState, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["past_due_at"], name="license_past_due", condition=Q(past_due_at__isnull=False))
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="license_once"),
            models.CheckConstraint(condition=Q(recorded_state__in=LicenseState.values), name="license_state_known"),
            models.CheckConstraint(condition=Q(past_due_at=None) | Q(paused_at=None), name="license_overdue_or_paused"),
            models.CheckConstraint(
                condition=Q(paused_at=None) ^ Q(recorded_state=LicenseState.PAUSED), name="license_paused_as_recorded"
            ),
        ]

    def __str__(self) -> str:
        return f"license ({self.recorded_state})"
