"""Reading a person's notifications and choices."""

from uuid import UUID

from django.db.models import QuerySet

from saas.kernel import tenancy
from saas.kernel.transactions import Query, Statement
from saas.notifications.models import Notification, NotificationChoice


def notifications(user_id: UUID) -> QuerySet[Notification]:
    """Return the person's notifications in the current organization, newest first."""
    rows: QuerySet[Notification] = Notification.objects.filter(user_id=user_id, in_app=True)
    return rows.order_by("-created_at", "-id")


def unread(user_id: UUID) -> Query[int]:
    """Return the query of how many notifications the person has not read, up to 100."""
    statement = Statement(
        """
        SELECT count(*) FROM (
            SELECT FROM audit_notification
            WHERE organization_id = %s AND user_id = %s AND in_app AND read_at IS NULL LIMIT 100) unread
        """,
        (tenancy.current_organization_id(), user_id),
    )
    return Query(statement, lambda rows: int(rows[0][0]))


def choices(user_id: UUID) -> dict[str, NotificationChoice]:
    """Return the person's notification choices in the current organization, by topic."""
    return {choice.topic: choice for choice in NotificationChoice.objects.filter(user_id=user_id)}
