"""Pages of metering: how an operation goes, usage and the ledger."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from saas.accounts import queries as accounts
from saas.metering import queries
from saas.web import idempotency
from saas.web.api.cursors import sequence_number
from saas.web.pages import caller_of, for_members, page_of
from tokens import queries as ledger

STOP_POLLING = 286


@for_members
@require_GET
def operation_status(request: HttpRequest, key: UUID) -> HttpResponse:
    """Tell as text how the operation with this key goes; 286 tells htmx to stop asking."""
    record = idempotency.find(str(key))
    if record is None:
        return HttpResponse("Reserving tokens")
    if record.answer is None:
        return HttpResponse("The planner is working")
    return HttpResponse("Done", status=STOP_POLLING)


@for_members
@require_GET
def usage(request: HttpRequest) -> HttpResponse:
    """Show the last 30 days' tokens by day, feature and member."""
    window = queries.usage_window(accounts.organization(caller_of(request).organization_id).timezone)
    by_day = window.usage("day")
    per_day = {row.group: row.tokens for row in by_day}
    counts = [per_day.get(day.isoformat(), 0) for day in window.days]
    bars = [{"label": f"{day:%-d %b}", "value": count} for day, count in zip(window.days, counts, strict=True)]
    names = {str(member.user_id): str(member.user) for member in accounts.members()}
    context = {
        "bars": bars,
        "max": max(counts),
        "total": sum(row.tokens for row in by_day),
        "operations": sum(row.operations for row in by_day),
        "by_feature": window.usage("feature"),
        "by_member": [(names.get(row.group or "", "Somebody who left"), row) for row in window.usage("user")],
        "days": len(window.days),
    }
    return render(request, "metering/usage.html", context)


@for_members
@require_GET
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the buckets in burn order and the ledger, newest first."""
    account = ledger.balance()
    context = {
        "buckets": [(bucket, account.is_frozen(bucket)) for bucket in account.buckets],
        "page": page_of(request, ledger.entries(), key="seq", parse=sequence_number),
    }
    return render(request, "metering/ledger.html", context)
