"""Reports as HTTP answers: what the API and the pages share."""

from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse

from saas.reports import csv
from saas.reports.table import Report, Span

Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)
FORMATS = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


def csv_answer(report: Report, span: Span) -> StreamingHttpResponse:
    """Return the report as a CSV that is written while it is read."""
    answer = StreamingHttpResponse(csv.lines(report, span), content_type=FORMATS["csv"])
    return _named(answer, f"{report.key}-{span.first}-{span.last}.csv")


def pdf_answer(content: bytes | memoryview, name: str) -> HttpResponse:
    """Return a finished PDF."""
    return _named(HttpResponse(bytes(content), content_type=FORMATS["pdf"]), name)


def _named(answer: Answer, name: str) -> Answer:
    answer["Content-Disposition"] = f'attachment; filename="milepost-{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
