"""The team's page: people and invitations."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.accounts.models import Department, Membership, Role
from saas.kernel.errors import Conflict, Invalid
from saas.team import actions, invitations
from saas.team.forms import AskForm, DepartmentForm, InvitationForm, MemberForm, QuotaForm
from saas.team.models import RequestStatus
from saas.team.queries import Spending, Spent, spending
from saas.team.views.guards import person
from saas.web.pages import caller_of, for_managers, for_members, page_of, status_of


@for_members
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """Show people, open invitations, departments and quotas."""
    return show_team(request)


def show_team(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    """Return the team's page, with a form that has errors in its place."""
    caller = caller_of(request)
    spent, departments = spending(), list(accounts.departments())
    entitled = entitlements(caller.organization_id).fetch()
    context = {
        "people": accounts.members().count(),
        "page": (page := page_of(request, accounts.members())),
        "members": [(each, spent.of(each.user_id)) for each in page.rows],
        "departments": [(each, spent.of(each.id)) for each in departments],
        "whole": spent.of(caller.organization_id),
        "whole_form": QuotaForm(initial=limit(spent.of(caller.organization_id)), auto_id="whole-%s"),
        "invitations": accounts.open_invitations(),
        "entitled": entitled,
        "requests": actions.token_requests().filter(status=RequestStatus.OPEN) if caller.manages else (),
        "mine": None if caller.manages else _own(caller, spent),
        "ask_form": AskForm(auto_id="ask-%s"),
        "invitation_form": InvitationForm(departments=departments),
        "department_form": DepartmentForm(),
        "can_manage": caller.manages,
        **forms,
    }
    return render(request, "team/team.html", context, status=status)


def _own(caller: Caller, spending: Spending) -> dict[str, Any] | None:
    """Return how the person's quotas and last request stand; None where no quota limits them."""
    subjects = (caller.user_id, caller.department_id, caller.organization_id)
    limits = [spending.of(subject) for subject in subjects if subject and spending.of(subject).quota]
    if not limits:
        return None
    last = actions.token_requests().filter(asked_by_id=caller.user_id).first()
    return {"spent": min(limits, key=lambda spent: spent.left), "last": last}


def limit(spent: Spent) -> dict[str, int]:
    return {"tokens": spent.quota.limit_tokens} if spent.quota else {}


@for_managers
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody and send them the link."""
    form = InvitationForm(request.POST, departments=list(accounts.departments()))
    if not form.is_valid():
        return show_team(request, status=422, invitation_form=form)
    try:
        invitation, link = invitations.send(by=person(request), **_placing(form.cleaned_data))
    except (Conflict, Invalid, actions.InvitationsLimit) as refusal:
        form.add_error("email", refusal.detail)
        return show_team(request, status=refusal.status, invitation_form=form)
    sent = f"No mail could go out now. Give them this link: {link}" if link else "We sent them the link."
    messages.success(request, f"Invited {invitation.email} for {actions.INVITATION_DAYS} days. {sent}")
    return redirect("team")


@for_managers
@require_POST
def revoke_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Make an invitation's link useless."""
    actions.revoke_invitation(invitation_id=invitation_id)
    messages.success(request, "The invitation is revoked.")
    return redirect("team")


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Show an invitation; accept it when logged in with its address, else come back after login or sign-up."""
    found = actions.find_invitation(secret)
    if not request.user.is_authenticated:
        request.session["invitation"] = secret
        return render(request, "team/invitation.html", {"invitation": found, "next": request.path})
    if request.method == "POST":
        membership = actions.accept_invitation(secret=secret, user=request.user)
        request.session.pop("invitation", None)
        request.session["organization_id"] = str(membership.organization_id)
        return redirect("home")
    mine = actions.is_invited(found, person(request))
    return render(request, "team/invitation.html", {"invitation": found, "mine": mine, "next": request.path})


@for_managers
@require_http_methods(["GET", "POST"])
def change_member(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Show a member's role, department and quota; POST sets them."""
    member, departments = actions.find_membership(membership_id), list(accounts.departments())
    if request.method == "GET":
        form = _member_form(request, member, departments)
    else:
        form = MemberForm(request.POST, departments=departments)
        if form.is_valid():
            changes = _placing(form.others) | form.quota
            actions.change_member(membership_id=membership_id, by=person(request).pk, **changes)
            messages.success(request, "Saved.")
            return redirect("team")
    cannot_remove = actions.why_not_removed(member, by=person(request).pk)
    context = {"member": member, "form": form, "cannot_remove": cannot_remove}
    return render(request, "team/member.html", context, status=status_of(form))


def _member_form(request: HttpRequest, member: Membership, departments: list[Department]) -> MemberForm:
    spent = spending().of(member.user_id)
    form = MemberForm(
        departments=departments,
        initial={"role": member.role, "department_id": member.department_id, **limit(spent)},
    )
    if not spent.quota and not entitlements(caller_of(request).organization_id).fetch().has("departments"):
        del form.fields["tokens"]
    return form


@for_managers
@require_POST
def remove_member(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """End a membership."""
    actions.remove_member(membership_id=membership_id, by=person(request).pk)
    messages.success(request, "Removed. Their API keys stopped working.")
    return redirect("team")


def _placing(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "role": Role(values["role"]), "department_id": values.get("department_id")}
