"""Reading what metered operations did and cost."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from saas.kernel.clock import database_now
from saas.metering.models import AttemptRecord
from tokens import queries as ledger

USAGE_DAYS = 30


@dataclass(frozen=True)
class UsageWindow:
    """The last days, today included, as a time zone counts them."""

    days: list[date]
    timezone: str

    def usage(self, group_by: str) -> list[ledger.Usage]:
        """Return the tokens spent in these days, grouped by day, feature, user or department."""
        zone = ZoneInfo(self.timezone)
        ends = (self.days[0], self.days[-1] + timedelta(days=1))
        since, until = (datetime.combine(day, time(), zone).astimezone(UTC) for day in ends)
        return ledger.usage(group_by=group_by, since=since, until=until, timezone=self.timezone)


def usage_window(timezone: str) -> UsageWindow:
    """Return the last 30 days."""
    today = database_now().astimezone(ZoneInfo(timezone)).date()
    return UsageWindow([today - timedelta(days=n) for n in reversed(range(USAGE_DAYS))], timezone)


def attempts(transaction_id: UUID) -> QuerySet[AttemptRecord]:
    """Return the provider calls of one operation, oldest first."""
    return AttemptRecord.objects.filter(transaction_id=transaction_id).order_by("id")
