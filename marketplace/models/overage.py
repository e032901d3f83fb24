"""The tables of overage: what was agreed, and what of it was used."""

from django.db import models
from django.db.models import Q

from marketplace.models.modes import BilledModel
from saas.accounts.models import User


class Overage(BilledModel):
    """What an organization agreed to pay a month for tokens beyond all others, in dollars, and at which price a token.

    `stopped_reason` is why it stopped by itself; a person turns it on again. The allotment of tokens is right until
    `allotted_until`. Ledger lines up to `collected_seq` have become uses. `finished_at`: nothing can come any more.
    `drift_tokens` is by how much Stripe counted more (+) or less (-) than the ledger when they were compared last.
    """

    enabled = models.BooleanField(default=False)
    monthly_cap = models.DecimalField(max_digits=12, decimal_places=2)
    token_price = models.DecimalField(max_digits=10, decimal_places=4)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()
    stopped_reason = models.CharField(max_length=200, blank=True)
    allotted_until = models.DateTimeField(null=True)
    collected_seq = models.BigIntegerField()
    finished_at = models.DateTimeField(null=True)
    drift_tokens = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "mode"], name="overage_once"),
            models.CheckConstraint(condition=Q(monthly_cap__gt=0, token_price__gt=0), name="overage_of_something"),
            models.CheckConstraint(condition=Q(enabled=False) | Q(finished_at=None), name="overage_finished_is_off"),
        ]

    def __str__(self) -> str:
        return f"up to ${self.monthly_cap} a month" if self.enabled else "off"

    @property
    def cap_tokens(self) -> int:
        """Return the tokens that the cap buys, rounded down: they never cost more than it."""
        return int(self.monthly_cap // self.token_price)


class UseStatus(models.TextChoices):
    """The status of a use. `absorbed`: Milepost pays it, because reporting it might bill it twice or not at all."""

    WAITING = "waiting"
    TOLD = "told"
    ABSORBED = "absorbed"


class OverageUse(BilledModel):
    """Overage tokens that one ledger line charged, to be reported to Stripe under the line's id.

    `told_at` is the instant that is reported to Stripe; it and `tried_at` stay from the first try on, so that it can be
    repeated word by word. See Note [Never billed twice] in `marketplace.overage.uses`.
    """

    entry_id = models.UUIDField()
    tokens = models.PositiveIntegerField()
    used_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=UseStatus, default=UseStatus.WAITING)
    told_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField()
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "marketplace_overage_use"
        indexes = [models.Index(fields=["retry_at"], name="overage_use_waiting", condition=Q(status="waiting"))]
        constraints = [
            models.UniqueConstraint(fields=["entry_id"], name="overage_use_once"),
            models.CheckConstraint(condition=Q(status__in=UseStatus.values, tokens__gt=0), name="overage_use_sound"),
            models.CheckConstraint(
                condition=~Q(status="told") | Q(told_at__isnull=False), name="overage_use_told_at_an_instant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tokens} tokens: {self.status}"
