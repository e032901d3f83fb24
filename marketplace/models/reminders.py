"""The table of what owners were reminded of about their bills."""

from django.db import models
from django.db.models.functions import Now

from marketplace.models.modes import BilledModel


class ReminderKind(models.TextChoices):
    """What a reminder is about: a bill to come, a card that expires, an automatic attempt that failed."""

    RENEWAL = "renewal"
    CARD = "card"
    RETRY = "retry"


class BillReminder(BilledModel):
    """One reminder: there is one for each subject, instant and attempt, whatever is repeated.

    `subject` is Stripe's id of the subscription, the payment method or the invoice; `about_at` the renewal or the end
    of the card, `attempt` the number of the attempt.
    """

    kind = models.CharField(max_length=7, choices=ReminderKind)
    subject = models.CharField(max_length=255)
    about_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "marketplace_bill_reminder"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "mode", "kind", "subject", "about_at", "attempt"],
                name="bill_reminder_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=models.Q(kind__in=ReminderKind.values), name="bill_reminder_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}"
