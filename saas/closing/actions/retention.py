"""Delete data after its retention period: settings.RETENTION_DAYS, documented in docs/privacy.md."""

from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from saas.closing.actions.purging import purge_closed
from saas.kernel import tenancy
from saas.kernel.items import for_each
from saas.notifications import inbox
from saas.team import actions as team


def enforce_retention() -> dict[str, int]:
    """Delete what is older than its retention period; return the count of each kind. A failing kind stops no other."""
    return dict(for_each("enforce_retention", STEPS, _forget, key=str, organization=lambda name: None))


def _forget(name: str) -> tuple[str, int]:
    return name, STEPS[name](settings.RETENTION_DAYS[name])


def _sessions(days: int) -> int:
    """Delete sessions that ended so long ago, and what was noted of their browsers."""
    ended, _ = Session.objects.filter(expire_date__lt=Now() - timedelta(days=days)).delete()
    known = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=known).filter(last_seen_at__lt=Now() - timedelta(days=1)).delete()
    return ended


def _notifications(days: int) -> int:
    with tenancy.system():
        return inbox.forget_old(days=days)


def _invitations(days: int) -> int:
    with tenancy.system():
        return team.forget_invitations(days=days)


STEPS: dict[str, Callable[[int], int]] = {
    "sessions": _sessions,
    "notifications": _notifications,
    "invitations": _invitations,
    "closed_organizations": lambda days: purge_closed(days=days),
}
"""What the daily job does, by the names of settings.RETENTION_DAYS; webhooks and money forget by jobs of their own."""
