"""Purging organizations that were closed long enough ago, down to ledger, money's rows and audit log."""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from marketplace import forgetting
from quests import actions as quest_actions
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.errors import Conflict
from saas.kernel.items import for_each_organization
from saas.notifications import inbox
from saas.team import actions as team
from saas.webhooks import actions as webhooks


def purge_closed(*, days: int | None = None) -> int:
    """Purge every organization closed longer ago than `days`; return how many.

    Each in transactions of its own: one that cannot be purged is set aside, and tried again the next time.
    """
    retention = timedelta(days=settings.RETENTION_DAYS["closed_organizations"] if days is None else days)
    with tenancy.system():
        closed = Organization.objects.filter(closed_at__lt=Now() - retention, purged_at=None, sandbox_of=None)
        organization_ids = list(closed.order_by("closed_at").values_list("id", flat=True))
    return len(for_each_organization("purge_organizations", organization_ids, _purge_with_test_organization))


def _purge_with_test_organization() -> None:
    """Purge this organization; the copy that its test keys acted on goes first."""
    sandbox_id = accounts.sandbox_of(tenancy.current_organization_id())
    if sandbox_id is not None:
        with tenancy.organization(sandbox_id):
            _purge()
    _purge()


def _purge() -> None:
    """Purge this organization: goals, quests, texts, webhooks, people, in one commit."""
    with serialized():
        if not accounts.is_closed():
            raise Conflict("The organization was reopened meanwhile.")
        quest_actions.forget_organization()
        webhooks.forget_organization()
        inbox.forget_organization()
        forgetting.forget_organization()
        team.forget_organization()
