"""Goals, and what to have made of them."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quests import actions, generation, queries
from quests.forms import GoalForm, LeadListForm, QuestForm
from quests.models import Goal, GoalStatus
from quests.queries import GoalWithPace
from quests.views.generating import Place, asking, cancel, generate
from quests.views.revenue import new_entry_form
from saas.accounts import queries as accounts
from saas.kernel.clock import today_in
from saas.metering import decision
from saas.web.pages import Page, caller_of, for_members, page_of, page_of_list, status_of
from saas.web.templatetags.components import label

SHOWN = 5
"""How many of each a goal's page shows."""


@for_members
@require_GET
def goals(request: HttpRequest) -> HttpResponse:
    """List the goals by attention, or with `show` those that stand so; with `archived`, those that were put away."""
    archived, shown = "archived" in request.GET, request.GET.get("show", "")
    everything = [] if archived else queries.goals_by_attention()
    if archived:
        put_away = page_of(request, queries.archived_goals())
        rows = queries.with_pace(put_away.rows)
        page = Page(rows, put_away.next_cursor, put_away.first, put_away.query)
    else:
        rows = [row for row in everything if shown in ("", row.standing)]
        page = page_of_list(request, rows, id_of=lambda row: row.goal.id)
    context = {
        "page": page,
        "chips": _chips(everything, shown),
        "archived": archived,
        "conflicts": queries.has_conflicts(),
    }
    return render(request, "quests/goals.html", context)


def _chips(goals: list[GoalWithPace], shown: str) -> list[dict[str, Any]]:
    """Return the links that filter the list: each standing that there is with its count."""
    counts = Counter(row.standing for row in goals)
    there = [(state, f"{label(state)} {counts[state]}") for state in queries.STANDINGS if counts[state]]
    every = [("", f"All {len(goals)}"), *there]
    here = reverse("goals")
    return [
        {"href": f"{here}?show={state}" if state else here, "label": text, "current": state == shown}
        for state, text in every
    ]


def _today(request: HttpRequest) -> date:
    return today_in(accounts.organization(caller_of(request).organization_id).timezone)


@for_members
@require_http_methods(["GET", "POST"])
def new_goal(request: HttpRequest) -> HttpResponse:
    """Set a goal; `after` names the one before it, whose values are proposed."""
    today = _today(request)
    form = GoalForm(request.POST or None, initial=_proposed(request, today), today=today)
    if request.method == "POST" and form.is_valid():
        goal = actions.create_goal(by=caller_of(request).user_id, **form.cleaned_data)
        if goal.due_on is not None and goal.due_on < today and not goal.is_reached:
            messages.warning(
                request, "The day of this goal has passed, so it is overdue. Edit it to choose another day."
            )
        return redirect("goal", goal_id=goal.id)
    return render(request, "quests/goal_form.html", {"form": form}, status=status_of(form))


def _proposed(request: HttpRequest, today: date) -> dict[str, Any]:
    """Return the values of a goal that follows another: the same again, in as many days from today."""
    if not request.GET.get("after"):
        return {}
    before = goal_named(request.GET["after"])
    days = before.due_on - before.created_at.date() if before.due_on else None
    return {
        "title": before.title,
        "target_amount": before.target_amount,
        "description": before.description,
        "due_on": today + days if days is not None and days.days > 0 else None,
    }


def goal_named(text: str) -> Goal:
    """Return the goal that a parameter names; raise NotFound."""
    try:
        return actions.find_goal(UUID(text))
    except ValueError as error:
        raise actions.no_goal() from error


@for_members
@require_http_methods(["GET", "POST"])
def edit_goal(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Change a goal."""
    goal = actions.find_goal(goal_id)
    initial = {name: getattr(goal, name) for name in GoalForm.base_fields}
    form = GoalForm(request.POST or None, initial=initial, today=_today(request))
    if request.method == "POST" and form.is_valid():
        actions.update_goal(goal_id=goal_id, changes=form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("goal", goal_id=goal_id)
    return render(request, "quests/goal_form.html", {"form": form, "goal": goal}, status=status_of(form))


@for_members
@require_POST
def archive_goal(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Put a goal away."""
    goal = actions.archive_goal(goal_id=goal_id)
    messages.success(request, f"“{goal.title}” is archived. Its quests are still in Quests.")
    return redirect("goals")


@for_members
@require_POST
def restore_goal(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Take up a goal again that was put away."""
    actions.update_goal(goal_id=goal_id, changes={"status": GoalStatus.ACTIVE})
    return redirect("goal", goal_id=goal_id)


@for_members
@require_GET
def goal(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Show a goal with its progress, its quests, and the way to new ones."""
    known = decision.inputs(caller_of(request))
    found = actions.find_goal(goal_id)
    [row] = queries.with_pace([found])
    context = {
        "goal": found,
        "row": row,
        "conflicts": queries.has_conflicts(goal_id),
        "reached": _reached(request, found) if found.state == GoalStatus.REACHED else None,
        "revenue": queries.revenue_entries().filter(goal_id=goal_id)[:SHOWN],
        "revenue_form": new_entry_form(request),
        **_made_for(goal_id),
        "quest_generator": asking(request, _quests_of(goal_id), known),
        "lead_list_generator": asking(request, _leads_of(goal_id), known),
    }
    return render(request, "quests/goal.html", context)


LARGEST_SHOWN = 3


def _reached(request: HttpRequest, goal: Goal) -> dict[str, Any]:
    """Return since when a reached goal's amount is there, and what brought it."""
    entries = queries.revenue_entries().filter(goal_id=goal.id, amount__gt=0)
    currency = accounts.organization(caller_of(request).organization_id).currency
    return {
        "title": f"You did it: {queries.how_reached(goal, currency)}",
        "over": max(goal.current_amount - goal.target_amount, Decimal(0)),
        "entry_count": entries.count(),
        "largest": entries.order_by("-amount", "-id")[:LARGEST_SHOWN],
        "steps": queries.goals_with_steps().get(id=goal.id),
    }


def _made_for(goal_id: UUID) -> dict[str, Any]:
    return {
        "goal_id": goal_id,
        "quests": queries.current_quests().filter(goal_id=goal_id)[:SHOWN],
        "lead_lists": queries.lead_lists().filter(goal_id=goal_id)[:SHOWN],
    }


def _place(goal_id: UUID, operation: str, name: str, label: str, form: Any) -> Place:
    return Place(
        operation=operation,
        name=name,
        label=label,
        form=form,
        page=reverse("goal", args=[goal_id]),
        renewed="quests/goal_lists.html",
        lists=lambda: _made_for(goal_id),
        args=(goal_id,),
    )


def _quests_of(goal_id: UUID) -> Place:
    return _place(goal_id, "quest", "quests", "Generate quest", QuestForm)


def _leads_of(goal_id: UUID) -> Place:
    return _place(goal_id, "lead_list", "lead_list", "Find leads", LeadListForm)


@for_members
@require_POST
def generate_quests(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Turn a goal into quests; the answer is a fragment for htmx and a redirect otherwise."""
    return generate(
        request,
        _quests_of(goal_id),
        lambda caller, asked, claim: generation.generate_quests(caller=caller, goal_id=goal_id, claim=claim, **asked),
    )


@for_members
@require_POST
def generate_lead_list(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Turn a goal into a lead list; the answer is a fragment for htmx and a redirect otherwise."""
    return generate(
        request,
        _leads_of(goal_id),
        lambda caller, asked, claim: generation.generate_lead_list(
            caller=caller, goal_id=goal_id, claim=claim, **asked
        ),
    )


@for_members
@require_POST
def cancel_quests(request: HttpRequest, goal_id: UUID, key: UUID) -> HttpResponse:
    """Cancel quests that are being generated."""
    return cancel(request, _quests_of(goal_id), key)


@for_members
@require_POST
def cancel_lead_list(request: HttpRequest, goal_id: UUID, key: UUID) -> HttpResponse:
    """Cancel a lead list that is being generated."""
    return cancel(request, _leads_of(goal_id), key)
