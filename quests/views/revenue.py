"""The money that comes in toward a goal: recorded, imported, corrected, removed."""

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateformat import format as format_date
from django.views.decorators.http import require_http_methods, require_POST

from quests import actions, queries, spreadsheet
from quests.features.words import money, plural
from quests.forms import ImportForm, RevenueForm
from saas.accounts import queries as accounts
from saas.kernel.clock import today_in
from saas.kernel.errors import Conflict, Invalid
from saas.web.api.cursors import day_and_id
from saas.web.pages import caller_of, for_members, page_of, status_of


@for_members
@require_http_methods(["GET", "POST"])
def revenue(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """List all money received toward a goal, the latest day first; POST records more."""
    goal = actions.find_goal(goal_id)
    form = new_entry_form(request)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_revenue(goal_id=goal_id, by=caller_of(request).user_id, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error("amount", refusal.detail)
        else:
            amount = _shown(request, form.cleaned_data["amount"])
            messages.success(request, f"Recorded {amount}. {_left(request, goal_id)}")
            return redirect("goal", goal_id=goal_id)
    entries = queries.revenue_entries().filter(goal_id=goal_id)
    page = page_of(request, entries, key=queries.REVENUE_ORDER, parse=day_and_id)
    context = {"form": form, "goal": goal, "page": page}
    return render(request, "quests/revenue.html", context, status=status_of(form))


def new_entry_form(request: HttpRequest) -> RevenueForm:
    """Return the form that records money, with the organization's today and what the address proposes in it."""
    timezone = accounts.organization(caller_of(request).organization_id).timezone
    proposed = {name: request.GET[name] for name in ("amount", "note") if name in request.GET}
    return RevenueForm(request.POST or None, initial={"received_on": today_in(timezone), **proposed})


def _left(request: HttpRequest, goal_id: UUID) -> str:
    """Return what the goal still needs, in words."""
    goal = actions.find_goal(goal_id)
    if goal.is_reached:
        return f"You reached {_shown(request, goal.target_amount)}."
    return f"{_shown(request, goal.left_amount)} to go."


def _shown(request: HttpRequest, amount: Decimal) -> str:
    return money(amount, accounts.organization(caller_of(request).organization_id).currency)


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
            messages.success(request, f"Saved. {_left(request, entry.goal_id)}")
            return redirect("revenue", goal_id=entry.goal_id)
    context = {"form": form, "goal": actions.find_goal(entry.goal_id), "entry": entry}
    return render(request, "quests/revenue_form.html", context, status=status_of(form))


@for_members
@require_POST
def remove_revenue(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Remove what was recorded."""
    entry = actions.find_revenue(entry_id)
    actions.remove_revenue(entry_id=entry_id)
    messages.success(request, f"Removed {_shown(request, entry.amount)}. {_left(request, entry.goal_id)}")
    return redirect("revenue", goal_id=entry.goal_id)


@for_members
@require_http_methods(["GET", "POST"])
def import_revenue(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Add a spreadsheet of money received toward a goal, all of its lines or none."""
    goal = actions.find_goal(goal_id)
    form, problems = ImportForm(request.POST or None, request.FILES or None), ()
    if request.method == "POST" and form.is_valid():
        try:
            words = _import(request, goal_id, form)
        except (Invalid, Conflict) as refusal:
            form.add_error(IMPORT_FIELDS.get(type(refusal), "file"), refusal.detail)
            problems = refusal.details.get("problems", ())
        else:
            messages.success(request, f"{words} {_left(request, goal_id)}")
            return redirect("goal", goal_id=goal_id)
    context = {"form": form, "goal": goal, "problems": problems}
    return render(request, "quests/import_revenue.html", context, status=status_of(form))


IMPORT_FIELDS: dict[type[Invalid | Conflict], str] = {
    spreadsheet.UnclearDays: "days",
    actions.LinesRecorded: "known",
}
"""Of refusals, the field that answers them."""


def _import(request: HttpRequest, goal_id: UUID, form: ImportForm) -> str:
    """Import the file; return in words what came of it. Raises what the file or the goal refuses."""
    wanted = form.cleaned_data
    sheet = spreadsheet.read(wanted["file"].read(spreadsheet.BYTES_MAX + 1), order=wanted["days"])
    by = caller_of(request).user_id
    lines = actions.import_revenue(goal_id=goal_id, sheet=sheet, by=by, known=wanted["known"])
    if not lines:
        return "Every line was recorded already, so nothing was imported."
    amount = _shown(request, sum((line.amount for line in lines), Decimal(0)))
    first, last = (format_date(pick(line.received_on for line in lines), "j M Y") for pick in (min, max))
    days = f"on {first}" if first == last else f"from {first} to {last}"
    out = len(sheet.lines) - len(lines)
    skipped = f" {plural(out, 'line')} left out." if out else ""
    sign = f" The file says {sheet.currency}." if sheet.currency else ""
    return f"Imported {plural(len(lines), 'line')}: {amount}, {days}.{skipped}{sign}"
