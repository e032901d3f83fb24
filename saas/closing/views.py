"""Taking everything out, closing the organization, and what its people see of it afterwards."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from saas.accounts import queries as accounts
from saas.accounts.callers import NotManager
from saas.accounts.models import MANAGERS, Membership
from saas.closing import actions, export, queries
from saas.closing.forms import ClosingForm
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError, Forbidden
from saas.team.actions import note_export
from saas.team.views import person
from saas.web.pages import caller_of, for_fresh_login, for_managers, for_members


@for_members
@require_http_methods(["GET", "POST"])
@for_fresh_login
def close_organization(request: HttpRequest) -> HttpResponse:
    """Say what closing the organization ends and keeps; POST closes it, confirmed by its name."""
    caller = caller_of(request)
    actions.require_closer(caller)
    form = ClosingForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _close(request, form)
        if status == 200:
            return redirect("closed")
    context = {"form": form, "ending": queries.ending(), "days": queries.WINDOW.days}
    return render(request, "closing/close.html", context, status=status)


def _close(request: HttpRequest, form: ClosingForm) -> int:
    """Close the organization; return 200, or with the reason in the form the status of what refused it."""
    if not form.is_valid():
        return 422
    try:
        actions.close(caller=caller_of(request), **form.cleaned_data)
    except DomainError as refusal:
        form.add_error("name" if isinstance(refusal, actions.WrongName) else None, refusal.detail)
        return refusal.status
    return 200


@login_required
@require_GET
def closed(request: HttpRequest) -> HttpResponse:
    """Say that the organization is closed, and what is left to do."""
    membership: Membership | None = request.closed  # type: ignore[attr-defined]
    if membership is None:
        return redirect("home")
    request.organization = membership.organization  # type: ignore[attr-defined]  # whose clock the page's times go by
    context = {
        "closed": membership.organization,
        "exports": _manages(membership),
        "until": queries.window_ends_at(membership.organization),
        "in_time": _in_time(membership),
        "others": [each for each in accounts.memberships_of(person(request).pk) if not each.organization.closed_at],
    }
    return render(request, "closing/closed.html", context)


@for_managers
@require_POST
@for_fresh_login
def export_data(request: HttpRequest) -> StreamingHttpResponse:
    """Send everything of the organization as one JSON document. Nothing stops this: no plan, no license."""
    return _export(request, caller_of(request).organization_id)


@login_required
@require_POST
@for_fresh_login
def export_closed(request: HttpRequest) -> HttpResponseBase:
    """Send everything of the closed organization to its owners and admins, for as long as the window is open."""
    membership: Membership | None = request.closed  # type: ignore[attr-defined]
    if membership is None:
        return redirect("settings")
    if not _manages(membership):
        raise NotManager
    if not _in_time(membership):
        raise Forbidden("The time to take the data out is over. Write to us, and we will help.")
    with tenancy.organization(membership.organization.id):
        return _export(request, membership.organization.id)


def _export(request: HttpRequest, organization_id: UUID) -> StreamingHttpResponse:
    """Return all data of the current organization as a file, and record the person who exported it."""
    note_export(by=person(request))
    answer = StreamingHttpResponse(export.document(organization_id), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="milepost-export.json"'
    answer["Cache-Control"] = "no-store"
    return answer


def _manages(membership: Membership) -> bool:
    return membership.role in MANAGERS


def _in_time(membership: Membership) -> bool:
    return database_now() < queries.window_ends_at(membership.organization)
