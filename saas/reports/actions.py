"""Building reports that take longer than a request.

Note [A file is a row until it is built]
    The row is written first; a worker is woken after the commit. Who builds claims the row, see Note [A claim
    runs out] in `saas.kernel.claims`, and writes the content last. The clock's next tick builds again what a
    worker that died had claimed: twice is harmless.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from audit.actions import record
from saas.accounts.lock import serialized
from saas.kernel import replica, tenancy
from saas.kernel.claims import claim, work_claimed
from saas.kernel.clock import database_now
from saas.kernel.errors import Invalid
from saas.kernel.items import for_each_organization
from saas.kernel.replica import ReplicaUnavailable
from saas.reports import pdf, queries
from saas.reports.events import ReportRequested
from saas.reports.models import FileStatus, ReportFile
from saas.reports.table import REPORTS, Report, Span

logger = logging.getLogger(__name__)

AT_ONCE_MAX = 1000
"""Lines of a PDF that a request draws itself: about a second."""
LINES_MAX = 20_000
"""Lines of a PDF: some 700 pages and 30 s of a worker. The CSV has no end."""
LEASE = timedelta(minutes=5)
KEPT = timedelta(hours=1)
FILES_A_RUN = 20


class ReportTooLong(Invalid):
    """The report has more lines than a PDF takes."""

    code, status, title = "validation_error", 422, "Too long for a PDF"


def pdf_report(*, report: Report, span: Span, user_id: UUID) -> bytes | ReportFile:
    """Return the PDF, or the file in which a worker builds it when it has more than AT_ONCE_MAX lines.

    Raises ReportTooLong above LINES_MAX.
    """
    with replica.reading():
        lines = report.rows(span).count()
    if lines > LINES_MAX:
        raise ReportTooLong(
            f"This would be {lines:,} lines. A PDF takes {LINES_MAX:,}: choose fewer days, or take the CSV."
        )
    if lines <= AT_ONCE_MAX:
        return pdf.draw(report, span, made_at=database_now())
    with serialized():
        file, is_new = ReportFile.objects.get_or_create(
            organization_id=span.organization.id,
            user_id=user_id,
            report=report.key,
            first_day=span.first,
            last_day=span.last,
            defaults={"lines": lines},
        )
        if is_new:
            record(ReportRequested(report=report.key, first=span.first, last=span.last))
    return file


def build(file_id: UUID) -> bool:
    """Build a file unless somebody does; return whether it was built. See Note [A file is a row until it is built]."""
    if not claim(_waiting().filter(id=file_id, claim_ends_at__lte=Now()), until="claim_ends_at", lease=LEASE):
        return False
    return _build(ReportFile.objects.defer("content").get(id=file_id))


def _build(file: ReportFile) -> bool:
    mine = _waiting().filter(id=file.id)
    try:
        span = queries.span(first=file.first_day, last=file.last_day)
        content = pdf.draw(REPORTS[file.report], span, made_at=database_now(), progress=_telling(mine))
    except ReplicaUnavailable:
        return False  # whoever looks when the claim has run out builds it
    except Exception:
        logger.exception("Report %s could not be built", file.id)
        _finish(mine, status=FileStatus.FAILED)
        return False
    return _finish(mine, status=FileStatus.READY, content=content, lines_done=file.lines)


def _telling(mine: QuerySet[ReportFile]) -> Callable[[int], None]:
    """Return the function that saves the number of lines read so far."""

    def show_progress(lines: int) -> None:
        mine.update(lines_done=lines)

    return show_progress


def _finish(mine: QuerySet[ReportFile], **values: object) -> bool:
    return bool(mine.update(**values))


def _waiting() -> QuerySet[ReportFile]:
    return ReportFile.objects.filter(status=FileStatus.BUILDING)


def build_waiting() -> int:
    """Build up to FILES_A_RUN files that nobody builds; return how many were tried."""

    def build_one(file: ReportFile) -> bool:
        with tenancy.organization(cast(UUID, file.organization_id)):
            return _build(file)

    waiting = _waiting().defer("content")
    with tenancy.system():
        return work_claimed(
            "build_reports", waiting, build_one, until="claim_ends_at", lease=LEASE, at_most=FILES_A_RUN
        )


def forget_files() -> int:
    """Delete files that were kept long enough; return how many."""

    def forget() -> int:
        deleted, _ = ReportFile.objects.filter(created_at__lt=Now() - KEPT).delete()
        return deleted

    with tenancy.system():
        old = set(ReportFile.objects.filter(created_at__lt=Now() - KEPT).values_list("organization_id", flat=True))
    return sum(for_each_organization("forget_reports", old, forget))
