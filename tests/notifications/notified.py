"""What somebody has been told: in the application and by mail."""

from typing import Any

from django.core import mail

from saas.notifications import queries
from tests.conftest import Person


def notified_kinds(person: Person) -> list[str]:
    """Return the kinds of notifications that the person has, oldest first."""
    with person.acting():
        return [notification.kind for notification in queries.notifications(person.user.pk)][::-1]


def mails(user: Any) -> list[str]:
    return [str(message.subject) for message in mail.outbox if message.to == [user.email]]
