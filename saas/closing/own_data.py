"""What Milepost has of a person, for them to take along: one JSON document, without secrets.

What belongs to an organization (goals, quests, ledger) is in that organization's export. The tables are listed, and a
test holds every reference to a person to be in one of the two lists.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps

from audit import queries as audit
from saas.accounts import queries as accounts
from saas.accounts.models import Invitation, User
from saas.kernel import tenancy
from saas.kernel.serialization import JSONEncoder

OWN = {
    "email_addresses": ("account.EmailAddress", "user", ("email", "verified", "primary")),
    "sessions": ("usersessions.UserSession", "user", ("ip", "user_agent", "created_at", "last_seen_at")),
    "second_factors": ("mfa.Authenticator", "user", ("type", "created_at", "last_used_at")),
    "memberships": ("accounts.Membership", "user", ("organization_id", "organization__name", "role", "created_at")),
    "api_keys": (
        "accounts.ApiKey",
        "created_by",
        ("organization_id", "name", "hint", "mode", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"),
    ),
    "invitations_sent": ("accounts.Invitation", "invited_by", ("organization_id", "email", "role", "created_at")),
    "token_requests": ("team.TokenRequest", "asked_by", ("organization_id", "tokens", "note", "status", "created_at")),
    "answers_to_requests": ("team.TokenRequest", "answered_by", ("organization_id", "answer", "answered_at")),
    "gifts_offered": ("marketplace.Gift", "offered_by", ("organization_id", "tokens", "to_name", "note", "created_at")),
    "notifications": ("notifications.Notification", "user", ("organization_id", "kind", "title", "body", "created_at")),
    "calendar_links": ("quests.CalendarFeed", "user", ("organization_id", "created_at")),
    "notification_choices": (
        "notifications.NotificationChoice",
        "user",
        ("organization_id", "topic", "in_app", "by_mail"),
    ),
}
"""The document's lists: the table, the reference to the person, the columns."""

THE_ORGANIZATIONS = "belongs to the organization, and is in its export"
LEFT_OUT = {
    "abuse.Block.user": "how we guard against abuse; the refusal said why",
    "abuse.Block.reviewed_by": "staff's work",
    "abuse.Flag.user": "how we guard against abuse",
    "abuse.Flag.reviewed_by": "staff's work",
    "admin.LogEntry.user": "staff's work",
    "plans.Override.created_by": "staff's work",
    "plans.Trial.started_by": THE_ORGANIZATIONS,
    "reports.ReportFile.user": "gone after an hour, and can be built again",
    "quests.Goal.created_by": THE_ORGANIZATIONS,
    "quests.RevenueEntry.created_by": THE_ORGANIZATIONS,
    "quests.Quest.created_by": THE_ORGANIZATIONS,
    "quests.LeadList.created_by": THE_ORGANIZATIONS,
    "quests.RevenueForecast.created_by": THE_ORGANIZATIONS,
    "quests.SyncConflict.created_by": THE_ORGANIZATIONS,
    "quests.SyncConflict.resolved_by": THE_ORGANIZATIONS,
    "marketplace.Gift.ended_by": THE_ORGANIZATIONS,
    "marketplace.PackOrder.user": THE_ORGANIZATIONS,
    "marketplace.TopUp.changed_by": THE_ORGANIZATIONS,
    "marketplace.Overage.changed_by": THE_ORGANIZATIONS,
}
"""References to a person that are not in the document, and why."""

ROWS_MAX = 10_000
"""The newest rows of each list."""


def document(person: User) -> Iterator[bytes]:
    """Return the document piece by piece, each list read in a short query of its own."""
    about = ("id", "email", "name", "date_joined", "last_login", "is_active", "is_staff")
    yield b'{"person": ' + _json({name: getattr(person, name) for name in about})
    for name, (label, reference, columns) in OWN.items():
        with tenancy.system():
            rows = apps.get_model(label)._default_manager.filter(**{reference: person}).order_by("-pk")
            found = list(rows.values(*columns)[:ROWS_MAX])
        yield f',\n"{name}": '.encode() + _json(found)
    yield b',\n"invitations_received": ' + _json(_received(person))
    yield b',\n"account_events": ' + _json(audit.account_events(person.pk, limit=ROWS_MAX))
    yield b"}\n"


def _received(person: User) -> list[dict[str, Any]]:
    addresses = accounts.addresses_of(person)
    columns = ("organization__name", "email", "role", "created_at", "accepted_at", "revoked_at")
    with tenancy.system():
        return list(Invitation.objects.filter(email__in=addresses).order_by("-pk").values(*columns)[:ROWS_MAX])


def _json(value: Any) -> bytes:
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False).encode()
