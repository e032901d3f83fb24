"""What people were notified of, and what they have chosen to be. The tables are older than the room: `audit_...`."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from saas.accounts.models import Organization, User
from saas.accounts.tenancy import TenantModel
from saas.kernel import tenancy


class Notification(TenantModel):
    """A notification of one person, in the application and by e-mail; made once per event and person.

    Those of the platform's own chain, for staff, belong to no organization.

    Until `email_claim_ends_at` a worker is sending the mail; see Note [Told once, mailed at least once].
    """

    organization = models.ForeignKey(  # type: ignore[assignment]  # staff have notifications of no organization
        Organization,
        on_delete=models.PROTECT,
        null=True,
        default=tenancy.acting_for,
        editable=False,
        related_name="+",
        db_index=False,
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    event_id = models.UUIDField()
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField()
    in_app = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    emailed_at = models.DateTimeField(null=True)
    email_claim_ends_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "audit_notification"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "event_id"], name="notified_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(
                fields=["email_claim_ends_at"], name="notification_to_mail", condition=Q(emailed_at=None, by_mail=True)
            )
        ]

    def __str__(self) -> str:
        return self.title


class NotificationChoice(TenantModel):
    """Whether a person wants notifications about a topic, in the application and by mail; without a row, both."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=12)
    in_app = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        db_table = "audit_notificationchoice"
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "topic"], name="notification_chosen_once")
        ]

    def __str__(self) -> str:
        return self.topic
