"""What jobs set aside, and the row that shows whether the database takes writes."""

from django.db import models
from django.db.models.functions import Now

from saas.kernel.ids import uuid7


class SetAsideItem(models.Model):
    """An item that a job could not work; see Note [Set aside] in `saas.kernel.items`. Deleted once it is solved.

    `item` is an id. `error` is the class of what was raised and `place` where: never the message, which may
    quote what somebody wrote.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job = models.CharField(max_length=60)
    item = models.CharField(max_length=255)
    organization_id = models.UUIDField(null=True)
    error = models.CharField(max_length=200)
    place = models.CharField(max_length=200)
    attempts = models.IntegerField(default=1)
    may_pass = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    retry_at = models.DateTimeField(db_default=Now())
    alerted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kernel_set_aside"
        verbose_name = "item set aside"
        verbose_name_plural = "items set aside"
        constraints = [models.UniqueConstraint(fields=["job", "item"], name="set_aside_once")]

    def __str__(self) -> str:
        return f"{self.job}: {self.item}"


class ReadinessProbe(models.Model):
    """One row that /readyz writes: a database that only reads is not ready."""

    id = models.SmallIntegerField(primary_key=True)
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "kernel_readiness_probe"

    def __str__(self) -> str:
        return f"written at {self.written_at}"
