"""The REST resource of reports."""

from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from saas.kernel.errors import NotFound
from saas.reports import actions, queries, tasks
from saas.reports import serializers as s
from saas.reports.http import FORMATS, WRITERS, pdf_answer, text_answer
from saas.reports.models import FileStatus, ReportFile
from saas.web.api.documentation import documented
from saas.web.api.resources import Resource

ASK_AGAIN_SECONDS = 2


class ReportResource(Resource):
    """A report on goals, usage or tokens."""

    scopes: ClassVar = {"GET": "read"}

    @documented(
        "Get a report",
        gives=None,
        files=("text/csv", "application/x-ndjson", "application/pdf"),
        later=s.FileShape,
        parameters=s.SpanParameters,
        refusals=(402, 404),
    )
    def get(self, request: Request, report: str, form: str) -> HttpResponseBase:
        """Return goals, usage or tokens as csv, ndjson or pdf; a PDF of over 1,000 lines is 202 until it is built."""
        if form not in FORMATS:
            raise NotFound("Reports come as csv, ndjson or pdf.")
        chosen = queries.require_report(report)
        days = self.parameters(s.SpanParameters)
        span = queries.span(first=days.get("from"), last=days.get("to"))
        if form in WRITERS:
            return text_answer(chosen, span, form)
        result = actions.pdf_report(report=chosen, span=span, user_id=self.caller.user_id)
        if isinstance(result, bytes):
            return pdf_answer(result, f"{chosen.key}-{span.first}-{span.last}.pdf")
        return _file_answer(result)


def _file_answer(file: ReportFile) -> HttpResponseBase:
    """Return the file once it is ready, and until then how far it is."""
    if file.status == FileStatus.READY:
        return pdf_answer(queries.content(file.id), f"{file.report}-{file.first_day}-{file.last_day}.pdf")
    tasks.wake(file)
    shown = {name: getattr(file, name) for name in ("report", "status", "lines", "lines_done")}
    return Response(shown, status=202, headers={"Retry-After": str(ASK_AGAIN_SECONDS)})
