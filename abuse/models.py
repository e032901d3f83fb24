"""The staff's review queue: blocks and flags, each with the decision about it."""

from django.db import models

from abuse.rules import HOUR_OF_ORGANIZATION, HOUR_OF_USER, INVALID_REQUEST, OPERATION
from saas.accounts.models import User
from saas.accounts.tenancy import TenantModel


class Review(models.TextChoices):
    """The review status of an item."""

    OPEN = "open"
    SEEN = "seen"
    CLEARED = "cleared"
    KEPT = "kept"


UNDECIDED = (Review.OPEN, Review.SEEN)
DECISIONS = (Review.CLEARED, Review.KEPT)
REVIEWED = (Review.SEEN, *DECISIONS)
FAILURES = sorted({rule.name for rule in (*OPERATION.rules, *INVALID_REQUEST.rules)} - {"block"})
HOURS = (HOUR_OF_USER.name, HOUR_OF_ORGANIZATION.name)


class Item(TenantModel):
    """An item that staff review. `key` is the id of the attempt that caused it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=20)
    key = models.UUIDField()
    started_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Review, default=Review.OPEN)
    note = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ("-started_at",)


def _reviewed(name: str) -> models.CheckConstraint:
    """Somebody at some time, exactly when the item is no longer open."""
    untouched = models.Q(status=Review.OPEN, reviewed_by=None, reviewed_at=None)
    touched = models.Q(status__in=REVIEWED, reviewed_by__isnull=False, reviewed_at__isnull=False)
    return models.CheckConstraint(condition=untouched | touched, name=name)


class Block(Item):
    """A pause after too many failed attempts; `rule` refused the last of them. Cleared, it ended then."""

    ended_at = models.DateTimeField()

    class Meta(Item.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization", "key"], name="abuse_block_once"),
            models.CheckConstraint(condition=models.Q(rule__in=FAILURES), name="abuse_block_rule_known"),
            _reviewed("abuse_block_reviewed"),
        )

    def __str__(self) -> str:
        return f"block of {self.user} until {self.ended_at:%Y-%m-%d %H:%M:%S} UTC"


class Flag(Item):
    """An hour's tokens, of the user or of the organization, passed the limit."""

    tokens = models.PositiveIntegerField()
    limit = models.PositiveIntegerField()

    class Meta(Item.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization", "key", "rule"], name="abuse_flag_once"),
            models.CheckConstraint(condition=models.Q(rule__in=HOURS), name="abuse_flag_rule_known"),
            models.CheckConstraint(condition=models.Q(tokens__gt=models.F("limit")), name="abuse_flag_over"),
            _reviewed("abuse_flag_reviewed"),
        )

    def __str__(self) -> str:
        return f"{self.tokens} tokens in an hour ({self.rule})"
