"""The monthly check of the margin: computed from what was really paid and used, kept by `plans.checking`."""

from datetime import date, timedelta

from marketplace.models import present_mode
from plans import checking
from plans.models import MarginCheck
from saas.backoffice.earnings import earnings, month_of
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid


def check_past() -> list[MarginCheck]:
    """Check every month that is over and was not checked, from the newest check on; return the new checks.

    Without any check only the last month is looked at. Safe twice, late and in parallel.
    """
    with tenancy.system():
        checked = [check.month for check in checking.kept(mode=present_mode())]
        month = _month_before(database_now().date())
    newest = max(checked, default=_month_before(month))
    missing = []
    while month > newest:
        missing.append(month)
        month = _month_before(month)
    return [check_month(month) for month in reversed(missing)]


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
        return checking.keep(figures)


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
