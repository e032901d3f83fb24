"""Idempotency keys and their answers."""

from django.db import models
from django.db.models.functions import Now

from saas.accounts.tenancy import TenantModel


class IdempotencyRecord(TenantModel):
    """A key, the request it came with (SHA-256), and the answer once there is one: encrypted where it shows a secret.

    `transaction_id` names the hold of a metered operation: while it is open the request is running.
    """

    key = models.CharField(max_length=255)
    request_hash = models.BinaryField(max_length=32)
    transaction_id = models.UUIDField(null=True)
    user_id = models.UUIDField()
    status = models.SmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    encrypted_answer = models.TextField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "web_idempotency"
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key


class Counter(models.Model):
    """The number of tries in a window that ends at `ends_at`; `key` is the SHA-256 of the action and its subject."""

    key = models.CharField(max_length=64, primary_key=True)
    number = models.IntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        db_table = "web_counter"
        indexes = [models.Index(fields=["ends_at"], name="counter_by_end")]

    def __str__(self) -> str:
        return self.key
