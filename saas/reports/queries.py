"""Finding reports, their spans and their files."""

from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet

from licensing.queries import license_status
from saas.accounts import queries as accounts
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid, NotFound
from saas.reports.models import FileStatus, ReportFile
from saas.reports.table import REPORTS, Report, Span

DAYS_DEFAULT, DAYS_MAX = 30, 3660


def require_report(key: str) -> Report:
    """Return a report while reports are on; raise NotFound, ReportsOff."""
    if key not in REPORTS:
        raise NotFound(f"There is no report {key!r}. Choose one of {', '.join(REPORTS)}.")
    license_status().require("reports")
    return REPORTS[key]


def span(*, first: date | None = None, last: date | None = None) -> Span:
    """Return the wanted days, by default the last 30 with today; raise Invalid."""
    organization = accounts.organization(tenancy.current_organization_id())
    today = database_now().astimezone(Span(organization, date.min, date.min).zone).date()
    last = last or today
    first = first or last - timedelta(days=DAYS_DEFAULT - 1)
    if not timedelta(0) <= last - first < timedelta(days=DAYS_MAX):
        detail = f"Ask for 1 to {DAYS_MAX} days, `from` not after `to`."
        raise Invalid(detail, errors=[{"parameter": "from", "code": "invalid", "detail": detail}])
    return Span(organization, first, last)


def files(user_id: UUID) -> QuerySet[ReportFile]:
    """Return a person's files without their contents, newest first."""
    return ReportFile.objects.filter(user_id=user_id).defer("content").order_by("-id")


def file(*, file_id: UUID, user_id: UUID) -> ReportFile:
    """Return a person's own file without its content; raise NotFound."""
    found = files(user_id).filter(id=file_id).first()
    if found is None:
        raise NotFound("There is no such file. Files are kept for an hour: ask for the report again.")
    return found


def content(file_id: UUID) -> bytes:
    """Return what a finished file holds."""
    found = ReportFile.objects.values_list("content", flat=True).get(id=file_id, status=FileStatus.READY)
    return bytes(found or b"")
