"""PDFs that take longer than a request."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from saas.accounts.models import User
from saas.accounts.tenancy import TenantModel


class FileStatus(models.TextChoices):
    """How far a file has come."""

    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class ReportFile(TenantModel):
    """A PDF of one report over one span of days, built by a worker.

    `lines_done` of `lines` are built. A worker builds it until `claim_ends_at`; then another may.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    report = models.SlugField(max_length=40)
    first_day = models.DateField()
    last_day = models.DateField()
    status = models.CharField(max_length=8, choices=FileStatus, default=FileStatus.BUILDING)
    lines = models.PositiveIntegerField()
    lines_done = models.PositiveIntegerField(default=0)
    content = models.BinaryField(null=True)
    claim_ends_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "reports_file"
        indexes = [models.Index(fields=["claim_ends_at"], name="report_building", condition=Q(status="building"))]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "report", "first_day", "last_day"], name="report_file_once"
            ),
            models.CheckConstraint(
                condition=Q(status="ready", content__isnull=False) | ~Q(status="ready"), name="report_ready_is_there"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.first_day} to {self.last_day}"
