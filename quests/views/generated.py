"""What the AI made: quests and lead lists, and the receipt of each call."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from audit import openings
from quests import actions, queries
from quests.generation import content_of_hold
from quests.models import QuestRating
from quests.queries import HAS_OPEN_STEPS
from quests.views.goals import goal_named
from saas.accounts import queries as accounts
from saas.kernel.errors import NotFound
from saas.metering import queries as metering
from saas.web.pages import for_members, page_of
from tokens import queries as ledger

GOALS_OFFERED = 100
"""How many goals quests can be filtered by in the list, the newest; each goal's page leads to its own."""


@for_members
@require_GET
def quests(request: HttpRequest) -> HttpResponse:
    """List the quests, all of them or one goal's, by `show` the open or done ones; with `archived`, those put away."""
    archived, goal_id, show = "archived" in request.GET, request.GET.get("goal"), request.GET.get("show", "")
    rows = queries.quests().filter(archived_at__isnull=False) if archived else queries.current_quests()
    if show in ("open", "done"):
        rows = rows.filter(HAS_OPEN_STEPS) if show == "open" else rows.exclude(HAS_OPEN_STEPS)
    goal = goal_named(goal_id) if goal_id else None
    context = {
        "page": page_of(request, rows.filter(goal=goal) if goal else rows),
        "goal": goal,
        "goals": list(queries.goals()[:GOALS_OFFERED]),
        "archived": archived,
        "show": show,
        "tabs": _tabs("archived" if archived else show and f"show={show}", f"goal={goal.id}" if goal else ""),
    }
    return render(request, "quests/quests.html", context)


def _tabs(current: str, goal: str) -> list[dict[str, Any]]:
    """Return the links to the quests that stand so, of all goals or of the one that is shown."""
    here = reverse("quests")
    every = (("All", ""), ("Open", "show=open"), ("Done", "show=done"), ("Archived", "archived"))
    queried = ((text, which, "&".join(filter(None, (which, goal)))) for text, which in every)
    return [
        {"href": f"{here}?{query}" if query else here, "label": text, "current": which == current}
        for text, which, query in queried
    ]


@for_members
@require_GET
def quest(request: HttpRequest, quest_id: UUID) -> HttpResponse:
    """Show a quest with its steps."""
    quest = actions.find_quest(quest_id)
    names = {str(member.user_id): str(member.user) for member in accounts.members()}
    rows = [{**step, "person": names.get(step["assignee"] or "")} for step in quest.dated_steps]
    return render(request, "quests/quest.html", {"quest": quest, "steps": {"quest": quest, "rows": rows}})


@for_members
@require_POST
def mark_steps(request: HttpRequest, quest_id: UUID) -> HttpResponse:
    """Tick steps off: `done` names the ids of those that are done."""
    quest = actions.find_quest(quest_id)
    ticked = set(request.POST.getlist("done"))
    done = {step["id"]: str(step["id"]) in ticked for step in quest.numbered_steps}
    quest = actions.mark_steps(quest_id=quest_id, done=done)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "quests/quest_progress.html", {"quest": quest, "oob": True})
    return redirect("quest", quest_id=quest_id)


@for_members
@require_POST
def rate_quest(request: HttpRequest, quest_id: UUID) -> HttpResponse:
    """Say whether a quest is useful; anything but 1 and -1 takes that back."""
    rating = RATINGS.get(request.POST.get("rating", ""))
    actions.rate_quest(quest_id=quest_id, rating=rating)
    return redirect("quest", quest_id=quest_id)


RATINGS = {str(each.value): each for each in QuestRating}


@for_members
@require_POST
def archive_quest(request: HttpRequest, quest_id: UUID) -> HttpResponse:
    """Put a quest away."""
    quest = actions.archive_quest(quest_id=quest_id)
    messages.success(request, f"“{quest.title}” is archived. Nobody is reminded of its steps.")
    return redirect("quest", quest_id=quest_id)


@for_members
@require_POST
def restore_quest(request: HttpRequest, quest_id: UUID) -> HttpResponse:
    """Take up a quest again that was put away."""
    actions.restore_quest(quest_id=quest_id)
    return redirect("quest", quest_id=quest_id)


@for_members
@require_GET
def lead_lists(request: HttpRequest) -> HttpResponse:
    """List the lead lists."""
    return render(request, "quests/lead_lists.html", {"page": page_of(request, queries.lead_lists())})


@for_members
@require_GET
def lead_list(request: HttpRequest, lead_list_id: UUID) -> HttpResponse:
    """Show a lead list; a won lead can be changed again when its revenue entry is removed."""
    found = queries.find_lead_list(lead_list_id)
    leads = found.stated_leads
    named = [lead["revenue_entry"] for lead in leads if lead["revenue_entry"]]
    there = {str(entry.pk) for entry in queries.revenue_entries().filter(id__in=named)}
    leads = [{**lead, "is_recorded": lead["revenue_entry"] in there} for lead in leads]
    return render(request, "quests/lead_list.html", {"lead_list": found, "leads": leads})


@for_members
@require_GET
def receipt(request: HttpRequest, transaction_id: UUID) -> HttpResponse:
    """Show an AI call: the tokens held, charged and released, their buckets, and the generated content."""
    hold = ledger.hold(transaction_id)
    if hold is None:
        began = openings.beginning()
        archived = f" Those up to {began.events_until:%Y-%m-%d} are in the archive." if began else ""
        raise NotFound(f"There is no such transaction.{archived}")
    context = {
        "hold": hold,
        "released_tokens": 0 if hold.ended_at is None else hold.tokens - hold.settled_tokens,
        "entries": ledger.entries_of(transaction_id),
        "attempts": metering.attempts(transaction_id),
        "person": accounts.member_name(hold.user_id),
        "made": content_of_hold(hold.operation, transaction_id),
    }
    return render(request, "quests/receipt.html", context)
