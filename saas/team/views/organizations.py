"""Pages of the organization itself: its settings, and working in another one."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.accounts.models import Membership, Role
from saas.accounts.trades import Trade
from saas.kernel.errors import Conflict
from saas.team import actions
from saas.team.forms import BusinessForm, OrganizationForm, ProfileForm
from saas.team.views.guards import person
from saas.web.pages import caller_of, for_fresh_login, for_members, status_of


@login_required
@require_POST
def switch_organization(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Work in another of one's organizations from now on."""
    if accounts.is_member(user_id=person(request).pk, organization_id=organization_id):
        request.session["organization_id"] = str(organization_id)
    return redirect("home")


@for_members
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the settings; owners and admins change name, currency, time zone and trade."""
    caller = caller_of(request)
    organization = accounts.organization(caller.organization_id)
    initial = {name: getattr(organization, name) for name in ("name", *BusinessForm.base_fields)}
    form = OrganizationForm(request.POST or None, initial=initial)
    if request.method == "POST":
        caller.require_manager()
        if form.is_valid():
            actions.update_organization(**form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect("settings")
    context = {
        "form": form,
        "trade": dict(Trade.choices).get(organization.trade),
        "can_manage": caller.manages,
        "owns": caller.role == Role.OWNER,
        "entitled": entitlements(caller.organization_id).fetch(),
    }
    return render(request, "team/settings.html", context, status=status_of(form))


@for_members
@require_POST
@for_fresh_login
def require_second_factor(request: HttpRequest) -> HttpResponse:
    """Require a second factor of everybody, or no more."""
    required = request.POST.get("required") == "yes"
    try:
        actions.require_second_factor(required=required, by=person(request))
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "Saved.")
    return redirect("settings")


@login_required
@require_GET
def second_factor_required(request: HttpRequest) -> HttpResponse:
    """Say what the organization requires, and lead there."""
    membership: Membership | None = request.lacks_second_factor  # type: ignore[attr-defined]
    if membership is None:
        return redirect("home")
    others = [each for each in accounts.memberships_of(person(request).pk) if each.pk != membership.pk]
    return render(request, "team/second_factor_required.html", {"membership": membership, "others": others})


@for_members
@require_POST
def leave_organization(request: HttpRequest) -> HttpResponse:
    """End one's own membership."""
    caller = caller_of(request)
    try:
        actions.leave(user=person(request))
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return redirect("rename_person")
    request.session.pop("organization_id", None)
    messages.success(request, f"You left {accounts.organization(caller.organization_id).name}.")
    return redirect("home")


@for_members
@require_http_methods(["GET", "POST"])
def rename_person(request: HttpRequest) -> HttpResponse:
    """Show the person's name and organizations; change the name."""
    form = ProfileForm(request.POST or None, initial={"name": person(request).name})
    if form.is_valid():
        actions.rename_person(user=person(request), name=form.cleaned_data["name"])
        messages.success(request, "Saved.")
        return redirect("rename_person")
    memberships = accounts.memberships_of(caller_of(request).user_id)
    [here] = [each for each in memberships if each.organization_id == caller_of(request).organization_id]
    cannot_leave = actions.why_not_removed(here, by=person(request).pk)
    context = {"form": form, "memberships": memberships, "cannot_leave": cannot_leave}
    return render(request, "team/you.html", context, status=status_of(form))
