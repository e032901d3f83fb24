"""Reports as HTTP answers: what the API and the pages share."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse

from audit import openings
from saas.kernel import replica
from saas.kernel.clock import as_text
from saas.reports import stream, text
from saas.reports.table import Report, Span

Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)
WRITERS = {"csv": text.as_csv, "ndjson": text.as_ndjson}
AS_OF = "Figures-As-Of"
"""The header of what is read from a replica: the instant up to which everything is in it."""
FORMATS = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson", "pdf": "application/pdf"}


def text_answer(report: Report, span: Span, form: str) -> StreamingHttpResponse:
    """Return the report as csv or ndjson, written while it is read."""
    headers = {**openings.ledger_headers(), **_freshness()}
    answer = StreamingHttpResponse(WRITERS[form](report, span), content_type=FORMATS[form])
    return _named(answer, f"{report.key}-{span.first}-{span.last}.{form}", headers)


def audit_answer(found: QuerySet[Any], organization_id: UUID, form: str) -> StreamingHttpResponse:
    """Return the organization's events as csv or ndjson, written while they are read."""
    write = {"csv": stream.as_csv, "ndjson": stream.as_ndjson}[form]
    headers = {**openings.log_headers(), **_freshness()}
    answer = StreamingHttpResponse(write(found, organization_id), content_type=FORMATS[form])
    return _named(answer, f"audit-events.{form}", headers)


def pdf_answer(content: bytes | memoryview, name: str) -> HttpResponse:
    """Return a finished PDF."""
    return _named(HttpResponse(bytes(content), content_type=FORMATS["pdf"]), name)


def _freshness() -> dict[str, str]:
    """Return the header that says how new the figures are; asked before the first byte, while there can be a 503."""
    with replica.reading():
        known = replica.as_of()
    return {AS_OF: as_text(known.at)} if known else {}


def _named(answer: Answer, name: str, headers: Mapping[str, str] | None = None) -> Answer:
    for header, value in (headers or {}).items():
        answer[header] = value
    answer["Content-Disposition"] = f'attachment; filename="milepost-{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
