"""Pages about people: team, invitations, keys, settings."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.accounts.models import Department, Invitation, Membership, Role, User, canonical_email
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, Forbidden
from saas.kernel.transactions import durable
from saas.team import actions
from saas.team.forms import (
    ApiKeyForm,
    DepartmentForm,
    InvitationForm,
    MemberForm,
    OrganizationForm,
    QuotaForm,
    places,
)
from saas.web.pages import caller_of, for_members
from tokens import queries as ledger
from tokens.kinds import QuotaScope


def for_managers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let owners and admins only do this."""

    @for_members
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        caller_of(request).require_manager()
        return view(request, *args, **kwargs)

    return guarded


def _person(request: HttpRequest) -> User:
    """Return who is logged in; the views here are for members only."""
    assert isinstance(request.user, User)
    return request.user


@for_members
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """Show people, open invitations, departments and quotas."""
    return _team(request)


def _team(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    caller = caller_of(request)
    quotas = {quota.subject_id: quota for quota in ledger.quotas()}
    departments = list(accounts.departments())
    context = {
        "members": [
            {"member": member, "quota": quotas.get(member.user_id), "form": _member_form(member, departments)}
            for member in accounts.members()
        ],
        "departments": [{"department": each, "quota": quotas.get(each.id)} for each in departments],
        "invitations": accounts.open_invitations(),
        "entitled": entitlements(caller.organization_id).ask(),
        "invitation_form": InvitationForm(departments=departments),
        "department_form": DepartmentForm(),
        "can_manage": caller.manages,
        **forms,
    }
    return render(request, "team/team.html", context, status=status)


def _member_form(member: Membership, departments: list[Department]) -> MemberForm:
    initial = {"role": member.role, "department_id": member.department_id}
    return MemberForm(departments=departments, initial=initial, auto_id=f"member-{member.id}-%s")


@for_managers
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody and send them the link."""
    form = InvitationForm(request.POST, departments=list(accounts.departments()))
    if not form.is_valid():
        return _team(request, status=422, invitation_form=form)
    _require_owner_for(request, form.cleaned_data["role"])
    try:
        invitation, secret = actions.invite(by=_person(request), **_placing(form.cleaned_data))
    except Conflict as refusal:
        form.add_error("email", refusal.detail)
        return _team(request, status=refusal.status, invitation_form=form)
    link = f"{settings.BASE_URL}{reverse('invitation', args=[secret])}"
    _send_invitation(invitation, link)
    messages.success(request, f"Invited {invitation.email}. The link works for {actions.INVITATION_DAYS} days: {link}")
    return redirect("team")


def _send_invitation(invitation: Invitation, link: str) -> None:
    organization = accounts.organization(tenancy.current_organization_id())
    with durable():
        send_mail(
            subject=f"Join {organization.name} on Milepost",
            message=f"{invitation.invited_by} invites you to {organization.name}.\n\nAccept here: {link}\n\n"
            f"The link works for {actions.INVITATION_DAYS} days.",
            from_email=None,
            recipient_list=[invitation.email],
            fail_silently=True,
        )


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
        known = User.objects.filter(email__iexact=found.email).exists()
        return render(request, "team/invitation.html", {"invitation": found, "known": known, "next": request.path})
    if request.method == "POST":
        membership = actions.accept_invitation(secret=secret, user=request.user)
        request.session.pop("invitation", None)
        request.session["organization_id"] = str(membership.organization_id)
        return redirect("home")
    mine = _person(request).canonical_email == canonical_email(found.email)
    return render(request, "team/invitation.html", {"invitation": found, "mine": mine, "next": request.path})


@for_managers
@require_POST
def change_member(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Set a member's role and department."""
    form = MemberForm(request.POST, departments=list(accounts.departments()))
    if form.is_valid():
        _require_owner_for(request, form.cleaned_data["role"])
        _require_owner_over(request, membership_id)
        actions.change_member(membership_id=membership_id, **_placing(form.cleaned_data))
        messages.success(request, "Saved.")
    else:
        messages.error(request, "Choose a role and a department of this organization.")
    return redirect("team")


@for_managers
@require_POST
def remove_member(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """End a membership."""
    _require_owner_over(request, membership_id)
    actions.remove_member(membership_id=membership_id)
    messages.success(request, "Removed. Their API keys stopped working.")
    return redirect("team")


def _require_owner_for(request: HttpRequest, role: str) -> None:
    """Let only owners make owners."""
    if role == Role.OWNER and caller_of(request).role != Role.OWNER:
        raise Forbidden("Only an owner can make somebody an owner.")


def _require_owner_over(request: HttpRequest, membership_id: UUID) -> None:
    """Let only owners change or remove owners."""
    target = accounts.members().filter(id=membership_id).first()
    if target is not None and target.role == Role.OWNER and caller_of(request).role != Role.OWNER:
        raise Forbidden("Only an owner can change or remove an owner.")


def _placing(values: dict[str, Any]) -> dict[str, Any]:
    return {"department_id": None, **values, "role": Role(values["role"])}


@for_managers
@require_POST
def create_department(request: HttpRequest) -> HttpResponse:
    """Make a department."""
    form = DepartmentForm(request.POST)
    if not form.is_valid():
        return _team(request, status=422, department_form=form)
    actions.create_department(name=form.cleaned_data["name"])
    return redirect("team")


@for_managers
@require_POST
def remove_department(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """Remove a department; its people stay."""
    actions.remove_department(department_id=department_id)
    return redirect("team")


@for_managers
@require_POST
def set_quota(request: HttpRequest) -> HttpResponse:
    """Set, change or remove the quota of the organization, a department or a member."""
    form = QuotaForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A quota is a whole number of tokens, or empty for none.")
        return redirect("team")
    entitlements(caller_of(request).organization_id).ask().require("departments")
    scope, subject_id = QuotaScope(form.cleaned_data["scope"]), form.cleaned_data["subject_id"]
    actions.set_quota(scope=scope, subject_id=subject_id, tokens=form.cleaned_data["tokens"])
    messages.success(request, "Saved.")
    return redirect("team")


@login_required
@require_POST
def switch_organization(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Work in another of one's organizations from now on."""
    if accounts.is_member(user_id=_person(request).pk, organization_id=organization_id):
        request.session["organization_id"] = str(organization_id)
    return redirect("home")


@for_managers
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """List keys, make one; its secret is shown once, in the answer itself."""
    form = ApiKeyForm(request.POST or None)
    new = None
    if request.method == "POST" and form.is_valid():
        new = actions.create_api_key(by=_person(request), **form.cleaned_data)
    context = {"keys": accounts.api_keys(), "form": ApiKeyForm() if new else form, "new": new}
    return render(request, "team/api_keys.html", context, status=422 if form.errors else 200)


@for_managers
@require_POST
def revoke_api_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Make a key useless at once."""
    actions.revoke_api_key(key_id=key_id)
    messages.success(request, "The key stopped working.")
    return redirect("api_keys")


@for_members
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the settings; owners and admins change name and time zone."""
    caller = caller_of(request)
    organization = accounts.organization(caller.organization_id)
    form = OrganizationForm(
        request.POST or None, initial={"name": organization.name, "timezone": organization.timezone}
    )
    if request.method == "POST":
        caller.require_manager()
        if form.is_valid():
            actions.update_organization(**form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect("settings")
    context = {
        "form": form,
        "timezones": sorted({*places(), organization.timezone}),
        "can_manage": caller.manages,
        "memberships": accounts.memberships_of(caller.user_id),
        "entitled": entitlements(caller.organization_id).ask(),
    }
    return render(request, "team/settings.html", context, status=422 if form.errors else 200)
