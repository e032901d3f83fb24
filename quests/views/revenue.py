"""The money that comes in toward a goal: recorded, imported, corrected, removed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from quests import actions, spreadsheet
from quests.forms import ImportForm, RevenueForm
from saas.kernel.errors import Conflict, Invalid
from saas.web.pages import caller_of, for_members, status_of


@for_members
@require_POST
def add_revenue(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Record money received toward a goal."""
    form = RevenueForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "goal": actions.find_goal(goal_id)}
        return render(request, "quests/revenue_form.html", context, status=422)
    actions.record_revenue(goal_id=goal_id, by=caller_of(request).user_id, **form.cleaned_data)
    messages.success(request, "Recorded. The goal moved.")
    return redirect("goal", goal_id=goal_id)


@for_members
@require_http_methods(["GET", "POST"])
def edit_revenue(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show what was recorded; POST corrects it."""
    entry = actions.find_revenue(entry_id)
    form = RevenueForm(request.POST or None, initial={name: getattr(entry, name) for name in RevenueForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_revenue(entry_id=entry_id, changes=form.cleaned_data)
        except Invalid as refusal:
            form.add_error("amount", refusal.detail)
        else:
            messages.success(request, "Saved. The goal moved with it.")
            return redirect("goal", goal_id=entry.goal_id)
    context = {"form": form, "goal": actions.find_goal(entry.goal_id), "entry": entry}
    return render(request, "quests/revenue_form.html", context, status=status_of(form))


@for_members
@require_POST
def remove_revenue(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Remove what was recorded."""
    entry = actions.find_revenue(entry_id)
    actions.remove_revenue(entry_id=entry_id)
    messages.success(request, "Removed. The goal moved back.")
    return redirect("goal", goal_id=entry.goal_id)


@for_members
@require_http_methods(["GET", "POST"])
def import_revenue(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Add a spreadsheet of money received toward a goal, all of its lines or none."""
    goal = actions.find_goal(goal_id)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            sheet = spreadsheet.read(form.cleaned_data["file"].read(spreadsheet.BYTES_MAX + 1))
            count = actions.import_revenue(goal_id=goal_id, sheet=sheet, by=caller_of(request).user_id)
        except (Invalid, Conflict) as refusal:
            form.add_error("file", refusal.detail)
        else:
            messages.success(request, f"Imported {count} lines. The goal moved.")
            return redirect("goal", goal_id=goal_id)
    return render(request, "quests/import_revenue.html", {"form": form, "goal": goal}, status=status_of(form))
