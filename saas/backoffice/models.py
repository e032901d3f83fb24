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
