"""Monthly records: the check of the margin (by `plans.checking`), and the MRR."""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Min

from marketplace.models import Payment
from marketplace.models.modes import present_mode
from plans import checking
from plans.models import MarginCheck
from plans.periods import months_after
from saas.backoffice.business import business
from saas.backoffice.earnings import earnings, month_of
from saas.backoffice.models import MonthMrr
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid

FIRST_MONTHS = 24


def check_past() -> list[MarginCheck]:
    """Check every month that is over and was not checked, from the newest check on; return the new checks.

    Without any check it begins with the month of the first payment, FIRST_MONTHS back at most, or with the last
    month where there is none. Safe twice, late and in parallel.
    """
    with tenancy.system():
        checked = [check.month for check in checking.saved_checks(mode=present_mode())]
        month = _month_before(database_now().date())
        newest = max(checked) if checked else _month_before(_first_month(month))
    missing = []
    while month > newest:
        missing.append(month)
        month = _month_before(month)
    return [check_month(month) for month in reversed(missing)]


def _first_month(last: date) -> date:
    """Return the month to begin with where none was checked."""
    real = Payment.objects.filter(organization__sandbox_of=None)
    paid_at: datetime | None = real.aggregate(first=Min("paid_at"))["first"]
    earliest = months_after(datetime.combine(last, time(), UTC), 1 - FIRST_MONTHS).date()
    return max(min(paid_at.date().replace(day=1), last), earliest) if paid_at else last


def record_mrr() -> MonthMrr:
    """Save today's MRR as that of the present month; each day overwrites it until the month ends."""
    with tenancy.system():
        now = database_now()
        since, until = month_of(now.date())
        state = business(since=since, until=until)
        row, _ = MonthMrr.objects.update_or_create(
            mode=present_mode(),
            month=since.date(),
            defaults={"customers": state.customers, "mrr": state.mrr, "recorded_at": now},
        )
    return row


def recorded_mrr(month: date) -> MonthMrr | None:
    """Return a month's MRR as it was recorded last. Needs the system context."""
    return MonthMrr.objects.filter(mode=present_mode(), month=month).first()


def check_month(month: date) -> MarginCheck:
    """Check the month that begins on this day; return its check, the earlier one where there is one.

    Raises Invalid for a month that is not over.
    """
    since, until = month_of(month)
    with tenancy.system():
        if until > database_now():
            raise Invalid(f"{month:%B %Y} is not over.")
        earned = earnings(since=since, until=until, organizations=0)
        total = earned.total
        figures = MarginCheck(
            mode=earned.mode,
            month=since.date(),
            paid=total.paid,
            reversed=total.reversed,
            fees=total.fees,
            tokens=total.tokens,
            cost_by_rule=total.by_rule.cost,
            cost_measured=total.measured,
            attempts_unpriced=int(total.unpriced),
            price_book_version=earned.book.version,
        )
        return checking.save(figures)


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
