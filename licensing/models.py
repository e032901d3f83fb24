"""The payment state of an organization, and the last license state that people were notified of."""

from django.db import models
from django.db.models import Q

from saas.accounts.tenancy import TenantModel


class LicenseState(models.TextChoices):
    """The state of a license: active, or a stage of an overdue one."""

    ACTIVE = "active"
    GRACE = "grace"
    OFFLINE = "offline"
    SUSPENDED = "suspended"


class License(TenantModel):
    """The payment state: since when payment is overdue, and until when staff extended the grace."""

    past_due_at = models.DateTimeField(null=True)
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
        ]

    def __str__(self) -> str:
        return f"license ({self.recorded_state})"
