"""What is recorded about reports."""

from dataclasses import dataclass
from datetime import date

from audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class ReportRequested(AuditEvent, kind="report.requested"):
    """A report that is too long to be drawn while somebody waits."""

    report: str
    first: date
    last: date
