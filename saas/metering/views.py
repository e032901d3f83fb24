"""Pages of metering: how an operation goes, cancelling it, usage and the ledger."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from saas.accounts import queries as accounts
from saas.kernel.clock import database_now
from saas.metering import pipeline
from saas.web import idempotency
from saas.web.api.cursors import sequence_number
from saas.web.pages import caller_of, for_members, page_of
from tokens import queries as ledger

STOP_POLLING = 286
USAGE_DAYS = 30


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
@require_POST
def operation_cancel(request: HttpRequest, key: UUID) -> HttpResponse:
    """Cancel a running operation: its tokens are back at once."""
    cancelled = pipeline.cancel(caller=caller_of(request), key=str(key))
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return render(request, "metering/cancelled.html", {"cancelled": cancelled})


@for_members
@require_GET
def usage(request: HttpRequest) -> HttpResponse:
    """Show the last 30 days' tokens by day, feature and member."""
    organization = accounts.organization(caller_of(request).organization_id)
    zone = ZoneInfo(organization.timezone)
    until = database_now().astimezone(zone).date() + timedelta(days=1)
    days = [until - timedelta(days=n) for n in range(USAGE_DAYS, 0, -1)]
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (days[0], until))
    by = {
        group: ledger.usage(group_by=group, since=start, until=end, timezone=zone.key)
        for group in ("day", "feature", "user")
    }
    per_day = {row.group: row.tokens for row in by["day"]}
    counts = [per_day.get(day.isoformat(), 0) for day in days]
    bars = [{"label": f"{day:%-d %b}", "value": count} for day, count in zip(days, counts, strict=True)]
    names = {str(member.user_id): str(member.user) for member in accounts.members()}
    context = {
        "bars": bars,
        "max": max(counts),
        "total": sum(row.tokens for row in by["day"]),
        "operations": sum(row.operations for row in by["day"]),
        "by_feature": by["feature"],
        "by_member": [(names.get(row.group or "", "somebody who left"), row) for row in by["user"]],
        "days": USAGE_DAYS,
    }
    return render(request, "metering/usage.html", context)


@for_members
@require_GET
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the buckets in burn order and the ledger, newest first."""
    context = {
        "account": ledger.balance(),
        "page": page_of(request, ledger.entries(), key="seq", parse=sequence_number),
    }
    return render(request, "metering/ledger.html", context)
