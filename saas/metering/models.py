"""What each call to an AI provider really cost."""

from django.db import models
from django.db.models.functions import Now

from saas.accounts.tenancy import TenantModel


class AttemptRecord(TenantModel):
    """One call to a provider on behalf of a hold.

    `cost_usd` is measured, unknown for unpriced models; `usage_estimated` where the provider reported no usage.
    """

    transaction_id = models.UUIDField()
    operation = models.CharField(max_length=40)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=120)
    outcome = models.CharField(max_length=20)
    model_input_tokens = models.IntegerField()
    model_output_tokens = models.IntegerField()
    usage_estimated = models.BooleanField(default=False)
    milliseconds = models.IntegerField()
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "metering_attempt"
        indexes = [models.Index(fields=["organization", "transaction_id"], name="attempt_by_transaction")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.outcome}"
