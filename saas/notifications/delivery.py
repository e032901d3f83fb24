"""Notifying people: from the stream into notifications, from notifications into mails.

Note [Told once, mailed at least once]
    Notifications are made once per event and person; see Note [A position and what came of it].
    A mail cannot be part of a commit: it is claimed, sent, then marked, see Note [A claim runs out] in
    `saas.kernel.claims`. So it may come twice after a crash, but is never lost in silence.
    What cannot be delivered for GIVE_UP stays unsent, to be seen in the admin.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from audit.actions import PLATFORM
from audit.reading import StreamEvent, follow_all, read_on
from marketplace.gifts import queries as gifts
from plans.trials import queries as trials
from quests import queries as quests
from quests import summaries
from quests.steps import reminders
from saas.accounts.models import MANAGERS, Membership, Organization, Role, User
from saas.kernel import tenancy
from saas.kernel.claims import work_claimed
from saas.kernel.items import set_aside_by, solve
from saas.kernel.mails import is_of_the_server
from saas.kernel.transactions import durable
from saas.notifications.models import Notification, NotificationChoice
from saas.notifications.rendering import Text, render
from saas.notifications.rules import ALWAYS, OF_MONEY, RULES, Audience, topic_of
from saas.team import queries as team_queries
from saas.web.context import SANDBOX_NOTICE
from saas.web.mails import send_mail

READER = "notifications"
MAILS = "mails"
LEASE = timedelta(minutes=10)
GIVE_UP = timedelta(days=3)
EVERYWHERE = {"in_app": True, "by_mail": True}


ROLES: dict[Audience, Sequence[str]] = {Audience.OWNERS: [Role.OWNER], Audience.MEMBERS: Role.values}
"""The roles of an audience that is not the owners and admins."""


def notify() -> int:
    """Make the notifications of new events; return how many. Needs the system context."""
    follow_all(READER)
    return read_on(READER, kinds=RULES, take=_notify)


def _notify(events: Sequence[StreamEvent]) -> int:
    made = [notification for event in events for notification in _notifications(event)]
    Notification.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _notifications(event: StreamEvent) -> list[Notification]:
    """Return the notifications that the event makes; what happens in a test organization makes none."""
    organization = Organization.objects.get(id=event.organization_id) if event.organization_id != PLATFORM else None
    if organization is not None and organization.sandbox_of_id is not None:
        return []
    text = words(event, organization)
    common = {"event_id": event.id, "kind": event.kind, "created_at": event.created_at, **asdict(text)}
    chosen = _choices(event)
    return [
        Notification(organization=organization, user=user, **common, **ways)
        for user in _audience(event)
        if any((ways := chosen.get(user.pk, EVERYWHERE)).values())
    ]


def words(event: StreamEvent, organization: Organization | None) -> Text:
    """Return what people read about an event of the organization, or of Milepost's own chain."""
    person = User.objects.filter(id=event.data["user"]).first() if event.data.get("user") else None
    return render(
        kind=event.kind,
        data={**event.data, **_names(event)},
        organization=organization.name if organization else "Milepost",
        timezone=organization.timezone if organization else "UTC",
        user=str(person or "somebody"),
    )


NAMES: dict[str, Callable[[UUID], Mapping[str, Any]]] = {
    "gift": gifts.names_of,
    "request": team_queries.names_of_request,
    "goal": quests.names_of_goal,
}
"""What the rooms add to an event when people are notified of it, by the field that has the id.

Note [Events have ids, people read names]
    An event can never be changed, so it holds ids; names, addresses and notes are read when it is sent, and are
    gone from there on when the person is erased. Whoever owns the id says what it reads like. Events of before hold
    names of their own.
"""

TEXTS: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "step.due": reminders.names_of_due,
    "goals.behind": summaries.names_of_behind,
    "month.ended": summaries.names_of_month,
    **dict.fromkeys(["balance.low", "balance.used_up", "balance.running_out"], trials.names_of_trial),
}
"""What the rooms add to an event of a kind, by its data; see Note [Events have ids, people read names]."""

UNNAMED = {"from": "somebody", "to": "somebody", "note": ""}
"""What is read where nothing is left to read."""


def _names(event: StreamEvent) -> dict[str, Any]:
    """Return what to read beside the event's data; see Note [Events have ids, people read names]."""
    names: dict[str, Any] = {name: value for name, value in UNNAMED.items() if name not in event.data}
    context = tenancy.organization(event.organization_id) if event.organization_id != PLATFORM else nullcontext()
    with context:
        for field, read in NAMES.items():
            if event.data.get(field):
                found = read(UUID(event.data[field]))
                names |= {name: value for name, value in found.items() if name not in event.data}
        if event.kind in TEXTS:
            names |= TEXTS[event.kind](event.data)
    return names


def _choices(event: StreamEvent) -> dict[UUID, dict[str, bool]]:
    """Return the ways by which people want this notification, where they have chosen."""
    topic = topic_of(event.kind)
    if topic in ALWAYS:
        return {}
    made = NotificationChoice.objects.filter(organization_id=event.organization_id, topic=topic.value)
    return {choice.user_id: {"in_app": choice.in_app, "by_mail": choice.by_mail} for choice in made}


def _audience(event: StreamEvent) -> QuerySet[User]:
    people = User.objects.filter(is_active=True)
    if RULES[event.kind].audience is Audience.STAFF:
        return people.filter(is_staff=True)
    if RULES[event.kind].audience is Audience.CONCERNED and (person := event.data.get("for_user")):
        return people.filter(id=person)
    roles = ROLES.get(RULES[event.kind].audience, MANAGERS)
    members = Membership.objects.filter(organization_id=event.organization_id, role__in=roles)
    return people.filter(id__in=members.values("user_id"))


def mail() -> int:
    """Send what is not sent yet; return how many mails were sent. Needs the system context.

    A mail that was set aside is tried again when its claim runs out, and is solved when it is sent or given up.
    """
    unsent = Notification.objects.filter(emailed_at=None, by_mail=True, created_at__gt=Now() - GIVE_UP)
    sent = work_claimed(
        MAILS,
        unsent.select_related("user"),
        _mail,
        until="email_claim_ends_at",
        lease=LEASE,
        is_away=is_of_the_server,
    )
    aside = set_aside_by(MAILS)
    left = unsent.filter(id__in=list(aside))
    solve(MAILS, list(aside.keys() - {str(id) for id in left.values_list("id", flat=True)}))
    return sent


def _mail(notification: Notification) -> None:
    """Send a mail, and mark it as sent."""
    # Else it waits in the application: no stranger gets mail because somebody signed up with their address.
    if _receives_mail(notification.user):
        with durable():
            _send(notification)
    Notification.objects.filter(id=notification.id).update(emailed_at=Now())


def _receives_mail(user: User) -> bool:
    """Return True if the person's address is theirs; where it need not be verified, it is taken for that."""
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        return True
    return bool(EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists())


def _send(notification: Notification) -> None:
    rule = RULES[notification.kind]
    is_of_money = topic_of(notification.kind) in OF_MONEY
    notice = f"{SANDBOX_NOTICE}\n\n" if is_of_money and settings.BILLING_MODE == "sandbox" else ""
    body = f"{notice}{notification.body}\n\n{settings.BASE_URL}{rule.path}\n"
    send_mail(notification.title, body, settings.DEFAULT_FROM_EMAIL, [notification.user.email])
