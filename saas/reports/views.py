"""Pages of reports: choosing one, taking it, waiting for a long one."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from licensing.queries import license_status
from saas.kernel.errors import Invalid, NotFound
from saas.reports import actions, queries, tasks
from saas.reports.forms import SpanForm
from saas.reports.http import FORMATS, WRITERS, pdf_answer, text_answer
from saas.reports.models import FileStatus
from saas.reports.table import REPORTS
from saas.web.pages import caller_of, for_members

STOP_POLLING = 286

SAYS = {
    "month": "What came in by day and toward each goal, with the steps done and the tokens spent: one page to hand on.",
    "goals": "Every goal with its target, what came in, what is left, and how many steps are done.",
    "usage": "Every AI operation that was charged: when, by whom, for how many tokens.",
    "tokens": "The ledger line by line: grants, holds, charges and returns, with the balance after each.",
}


@for_members
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """Offer the reports, and the long ones that were built lately."""
    span = queries.span()
    month_ended_on = span.last.replace(day=1) - timedelta(days=1)
    context = {
        "last_month": {"first": month_ended_on.replace(day=1), "last": month_ended_on},
        "reports": [(report, SAYS[key]) for key, report in REPORTS.items()],
        "form": SpanForm(initial={"first": span.first, "last": span.last}),
        "files": queries.files(caller_of(request).user_id),
        "license": license_status(),
    }
    return render(request, "reports/reports.html", context)


@for_members
@require_GET
def report(request: HttpRequest, report: str, form: str) -> HttpResponseBase:
    """Hand out a report; a long PDF leads to the page where it is built."""
    chosen, days = queries.require_report(report), SpanForm(request.GET)
    if form not in FORMATS:
        raise NotFound("Reports come as CSV or PDF.")
    if not days.is_valid():
        raise Invalid("Choose days like 2027-06-30.")
    span = queries.span(**days.cleaned_data)
    if form in WRITERS:
        return text_answer(chosen, span, form)
    result = actions.pdf_report(report=chosen, span=span, user_id=caller_of(request).user_id)
    if isinstance(result, bytes):
        return pdf_answer(result, f"{chosen.key}-{span.first}-{span.last}.pdf")
    tasks.wake(result)
    return redirect("report_file", file_id=result.id)


@for_members
@require_GET
def report_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Show how far a file is; htmx asks for the progress alone until it has ended."""
    file = queries.file(file_id=file_id, user_id=caller_of(request).user_id)
    context = {"file": file, "title": REPORTS[file.report].title}
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "reports/file.html", context)
    status = 200 if file.status == FileStatus.BUILDING else STOP_POLLING
    return render(request, "reports/progress.html", context, status=status)


@for_members
@require_GET
def report_content(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Hand out a finished file."""
    file = queries.file(file_id=file_id, user_id=caller_of(request).user_id)
    license_status().require("reports")
    if file.status != FileStatus.READY:
        raise NotFound("This file is not ready.")
    return pdf_answer(queries.content(file.id), f"{file.report}-{file.first_day}-{file.last_day}.pdf")
