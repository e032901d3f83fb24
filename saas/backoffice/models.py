"""What the back office keeps for itself."""

from django.db import models
from django.db.models.functions import Now


class JobRun(models.Model):
    """A scheduled job: how often it is due, when it last ended well and when it last failed, with the error's class.

    `known_since` is when the job was first registered: until its first success its lateness counts from there.
    """

    name = models.CharField(primary_key=True, max_length=80)
    every = models.DurationField()
    known_since = models.DateTimeField(db_default=Now(), editable=False)
    succeeded_at = models.DateTimeField(null=True)
    took = models.DurationField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "backoffice_job_run"

    def __str__(self) -> str:
        return self.name


class MonthMrr(models.Model):
    """The MRR of a month, in dollars of one mode, as it stood last in that month: it cannot be computed afterwards."""

    mode = models.CharField(max_length=7)
    month = models.DateField(help_text="Its first day.")
    customers = models.PositiveIntegerField()
    mrr = models.DecimalField(max_digits=14, decimal_places=2)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "backoffice_month_mrr"
        verbose_name = "MRR of a month"
        verbose_name_plural = "MRR by month"
        constraints = [models.UniqueConstraint(fields=["mode", "month"], name="mrr_of_month_once")]
        ordering = ["-month", "mode"]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}, {self.mode} money"
