"""The team's page: departments and quotas."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from saas.kernel.errors import Conflict, Invalid
from saas.team import actions
from saas.team.forms import DepartmentChanges, DepartmentForm, QuotaForm
from saas.team.queries import spending
from saas.team.views.people import limit, show_team
from saas.web.pages import caller_of, for_managers, status_of
from tokens.kinds import QuotaScope


@for_managers
@require_POST
def create_department(request: HttpRequest) -> HttpResponse:
    """Make a department."""
    form = DepartmentForm(request.POST)
    if form.is_valid():
        try:
            actions.create_department(name=form.cleaned_data["name"])
            return redirect("team")
        except (Conflict, Invalid) as refusal:
            form.add_error("name", refusal.detail)
    return show_team(request, status=422, department_form=form)


@for_managers
@require_http_methods(["GET", "POST"])
def change_department(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """Show a department's name and quota; POST changes them."""
    department = actions.find_department(department_id)
    if request.method == "GET":
        form = DepartmentChanges(initial={"name": department.name, **limit(spending().of(department_id))})
    else:
        form = DepartmentChanges(request.POST)
        if _changed(department_id, form):
            messages.success(request, "Saved.")
            return redirect("team")
    context = {"department": department, "form": form}
    return render(request, "team/department.html", context, status=status_of(form))


def _changed(department_id: UUID, form: DepartmentChanges) -> bool:
    """Change a department as a form says; a refusal becomes an error of the form."""
    if form.is_valid():
        try:
            actions.change_department(department_id=department_id, name=form.cleaned_data["name"], **form.quota)
        except (Conflict, Invalid) as refusal:
            form.add_error("name", refusal.detail)
    return form.is_valid()


@for_managers
@require_POST
def remove_department(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """Remove a department; its people stay."""
    actions.remove_department(department_id=department_id)
    messages.success(request, "Removed. Its people stay.")
    return redirect("team")


@for_managers
@require_POST
def set_quota(request: HttpRequest) -> HttpResponse:
    """Set, change or remove the quota of the whole organization."""
    form = QuotaForm(request.POST)
    if form.is_valid():
        organization_id = caller_of(request).organization_id
        tokens = form.cleaned_data["tokens"]
        actions.put_quota(scope=QuotaScope.ORGANIZATION, subject_id=organization_id, tokens=tokens)
        messages.success(request, "Saved.")
    else:
        messages.error(request, "A quota is a whole number of tokens, or empty for none.")
    return redirect("team")
