"""A person's own notifications: reading them, choosing which to get."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now

from audit.actions import record
from saas.accounts.lock import serialized
from saas.kernel.errors import Invalid, NotFound
from saas.kernel.transactions import Statement, run_batch
from saas.notifications.events import NotificationsChosen
from saas.notifications.models import Notification, NotificationChoice
from saas.notifications.rules import ALWAYS, Topic

CHOOSABLE = [topic for topic in Topic if topic not in ALWAYS]


def mark_read(*, user_id: UUID, notification_id: UUID) -> Notification:
    """Mark one of the person's notifications as read, for good; reading it again changes nothing. Raises NotFound."""
    own = Notification.objects.filter(user_id=user_id, id=notification_id)
    own.filter(read_at=None).update(read_at=Now())
    notification: Notification | None = own.first()
    if notification is None:
        raise NotFound("There is no such notification.")
    return notification


def mark_all_read(*, user_id: UUID) -> int:
    """Mark all of the person's notifications as read; return how many were not."""
    return Notification.objects.filter(user_id=user_id, read_at=None).update(read_at=Now())


def choose(*, user_id: UUID, topics: Mapping[Topic, tuple[bool, bool]]) -> None:
    """Choose for topics whether to be notified in the application and by mail. Raises Invalid for mandatory ones."""
    if set(topics) - set(CHOOSABLE):
        raise Invalid("News about payments and security cannot be switched off.")
    with serialized():
        for topic, (in_app, by_mail) in topics.items():
            NotificationChoice.objects.update_or_create(
                user_id=user_id, topic=topic.value, defaults={"in_app": in_app, "by_mail": by_mail}
            )
        data = {topic.value: {"in_app": in_app, "by_mail": by_mail} for topic, (in_app, by_mail) in topics.items()}
        record(NotificationsChosen(user=user_id, topics=data))


def forget_person(user_id: UUID) -> None:
    """Delete a person's notifications and choices, and others' notifications about them. Needs the system context."""
    NotificationChoice.objects.filter(user_id=user_id).delete()
    Notification.objects.filter(user_id=user_id).delete()
    run_batch(
        Statement(
            """
            DELETE FROM audit_notification n USING audit_event e
            WHERE e.id = n.event_id AND %s IN (e.data ->> 'user', e.data ->> 'for_user', e.actor ->> 'user_id')
            """,
            [str(user_id)],
        )
    )


def forget_organization() -> None:
    """Delete the notifications and choices of people in this organization."""
    NotificationChoice.objects.all().delete()
    Notification.objects.all().delete()


def forget_old(*, days: int) -> int:
    """Delete notifications that are older; return how many. Needs the system context."""
    deleted, _ = Notification.objects.filter(created_at__lt=Now() - timedelta(days=days)).delete()
    return deleted
