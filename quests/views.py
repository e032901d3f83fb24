"""The customer's pages: dashboard, goals, quests, lead lists, and the receipt of an AI call."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plans.queries import entitlements
from quests import actions, generation, queries
from quests.forms import GoalForm, LeadListForm, QuestForm, RevenueForm
from quests.models import Goal
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError, Invalid, NotFound
from saas.metering import queries as metering
from saas.metering.refusals import counting_bad_input
from saas.web import idempotency
from saas.web.idempotency import Answer, Claim
from saas.web.pages import caller_of, for_members, page_of
from tokens import queries as ledger

SHOWN_ON_DASHBOARD = 5


def home(request: HttpRequest) -> HttpResponse:
    """Show the dashboard to members and what Milepost is to strangers."""
    if request.user.is_authenticated:
        return dashboard(request)
    return render(request, "landing.html")


@for_members
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the balance, the goals at a glance, and what happened lately."""
    context = {
        "account": ledger.balance(),
        "goals": queries.goals()[:SHOWN_ON_DASHBOARD],
        "quests": queries.quests()[:SHOWN_ON_DASHBOARD],
        "holds": ledger.holds()[:SHOWN_ON_DASHBOARD],
        "entitled": entitlements(caller_of(request).organization_id).ask(),
    }
    return render(request, "quests/dashboard.html", context)


@for_members
@require_GET
def goals(request: HttpRequest) -> HttpResponse:
    """List the goals."""
    return render(request, "quests/goals.html", {"page": page_of(request, queries.goals())})


@for_members
@require_http_methods(["GET", "POST"])
def new_goal(request: HttpRequest) -> HttpResponse:
    """Set a goal."""
    form = GoalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        goal = actions.create_goal(by=caller_of(request).user_id, **form.cleaned_data)
        return redirect("goal", goal_id=goal.id)
    return render(request, "quests/goal_form.html", {"form": form}, status=_status(form))


@for_members
@require_http_methods(["GET", "POST"])
def edit_goal(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Change a goal."""
    goal = actions.find_goal(goal_id)
    form = GoalForm(request.POST or None, initial={name: getattr(goal, name) for name in GoalForm.base_fields})
    if request.method == "POST" and form.is_valid():
        actions.update_goal(goal_id=goal_id, changes=form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("goal", goal_id=goal_id)
    return render(request, "quests/goal_form.html", {"form": form, "goal": goal}, status=_status(form))


@for_members
@require_POST
def archive_goal(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Put a goal away."""
    goal = actions.archive_goal(goal_id=goal_id)
    messages.success(request, f"“{goal.title}” is archived. Its quests are still in Quests.")
    return redirect("goals")


@for_members
@require_GET
def goal(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Show a goal with its progress, its quests, and the way to new ones."""
    found = actions.find_goal(goal_id)
    context = {
        "goal": found,
        "quests": queries.quests().filter(goal_id=goal_id)[:SHOWN_ON_DASHBOARD],
        "lead_lists": queries.lead_lists().filter(goal_id=goal_id)[:SHOWN_ON_DASHBOARD],
        "revenue": queries.revenue_entries().filter(goal_id=goal_id)[:SHOWN_ON_DASHBOARD],
        "revenue_form": RevenueForm(initial={"received_on": database_now().date()}),
        "generate_quests": _quest_form(request, found),
        "generate_lead_list": _lead_list_form(request, found),
    }
    return render(request, "quests/goal.html", context)


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
@require_POST
def generate_quests(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Turn a goal into quests; the answer is a fragment for htmx and a redirect otherwise."""
    form = QuestForm(request.POST)

    def generate(caller: Caller, claim: Claim) -> Answer:
        count = form.cleaned_data["count"]
        return generation.generate_quests(caller=caller, goal_id=goal_id, count=count, claim=claim)

    return _generate(request, goal_id, form, generate, _quest_form, "quests/made.html")


@for_members
@require_POST
def generate_lead_list(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Turn a goal into a lead list; the answer is a fragment for htmx and a redirect otherwise."""
    form = LeadListForm(request.POST)

    def generate(caller: Caller, claim: Claim) -> Answer:
        brief = form.cleaned_data["brief"]
        return generation.generate_lead_list(caller=caller, goal_id=goal_id, brief=brief, claim=claim)

    return _generate(request, goal_id, form, generate, _lead_list_form, "quests/made.html")


def _generate(
    request: HttpRequest,
    goal_id: UUID,
    form: Any,
    generate: Callable[[Caller, Claim], Answer],
    next_form: Callable[[HttpRequest, Goal], dict[str, Any]],
    template: str,
) -> HttpResponse:
    """Run one generation; with htmx answer the result or the refusal, and a form with a new key."""
    caller, fragment = caller_of(request), bool(request.htmx)  # type: ignore[attr-defined]
    try:
        answer = generate(caller, _claim(request, caller, form))
    except DomainError as refusal:
        if not fragment:
            raise
        html = render_to_string("errors/problem_fragment.html", {"problem": refusal}, request)
        status = refusal.status
    else:
        if not fragment:
            return redirect("receipt", transaction_id=answer.body["tokens"]["transaction_id"])
        html, status = render_to_string(template, {"made": answer.body}, request), answer.status
    goal = actions.find_goal(goal_id)
    fresh = {"generate": {**next_form(request, goal), "oob": True}, "oob": True}
    return HttpResponse(html + render_to_string("quests/generate_again.html", fresh, request), status=status)


def _claim(request: HttpRequest, caller: Caller, form: Any) -> Claim:
    """Return the claim of the form's key; bad input is refused and counted."""
    with counting_bad_input(caller):
        if not form.is_valid():
            raise Invalid("Please check what you entered.", errors=form.errors)
    return idempotency.claim(
        key=request.POST.get("idempotency_key"), request=f"POST {request.path}", body=form.cleaned_data
    )


def _quest_form(request: HttpRequest, goal: Goal) -> dict[str, Any]:
    entitled = entitlements(caller_of(request).organization_id).ask()
    price = entitled.prices["quest"].value
    options = [{"value": n, "label": str(n), "tokens": n * price} for n in (1, 2, 3)]
    return {
        **_generate_form("generate-quests", reverse("generate_quests", args=[goal.id]), price),
        "label": "Generate quest",
        "options": options,
    }


def _lead_list_form(request: HttpRequest, goal: Goal) -> dict[str, Any]:
    entitled = entitlements(caller_of(request).organization_id).ask()
    price = entitled.prices["lead_list"].value
    return {
        **_generate_form("generate-leads", reverse("generate_lead_list", args=[goal.id]), price),
        "label": "Find leads",
        "fields": LeadListForm(),
    }


def _generate_form(id: str, action: str, price: int) -> dict[str, Any]:
    key = str(uuid4())
    return {
        "id": id,
        "action": action,
        "price": price,
        "idempotency_key": key,
        "status_url": reverse("operation_status", args=[key]),
        "cancel_url": reverse("operation_cancel", args=[key]),
        "stage": "Reserving tokens",
    }


@for_members
@require_GET
def quests(request: HttpRequest) -> HttpResponse:
    """List the quests."""
    return render(request, "quests/quests.html", {"page": page_of(request, queries.quests())})


@for_members
@require_GET
def quest(request: HttpRequest, quest_id: UUID) -> HttpResponse:
    """Show a quest with its steps."""
    return render(request, "quests/quest.html", {"quest": actions.find_quest(quest_id)})


@for_members
@require_POST
def mark_steps(request: HttpRequest, quest_id: UUID) -> HttpResponse:
    """Tick steps off: `done` names the places (from 0) of those that are done."""
    quest = actions.find_quest(quest_id)
    ticked = set(request.POST.getlist("done"))
    actions.update_steps(quest_id=quest_id, done=[str(place) in ticked for place in range(len(quest.steps))])
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return redirect("quest", quest_id=quest_id)


@for_members
@require_GET
def lead_lists(request: HttpRequest) -> HttpResponse:
    """List the lead lists."""
    return render(request, "quests/lead_lists.html", {"page": page_of(request, queries.lead_lists())})


@for_members
@require_GET
def lead_list(request: HttpRequest, lead_list_id: UUID) -> HttpResponse:
    """Show a lead list."""
    return render(request, "quests/lead_list.html", {"lead_list": queries.find_lead_list(lead_list_id)})


@for_members
@require_GET
def receipt(request: HttpRequest, transaction_id: UUID) -> HttpResponse:
    """Show what an AI call held, charged and released, from which buckets, and what it made."""
    hold = ledger.hold(transaction_id)
    if hold is None:
        raise NotFound("There is no such transaction.")
    context = {
        "hold": hold,
        "released_tokens": 0 if hold.ended_at is None else hold.tokens - hold.settled_tokens,
        "entries": ledger.entries_of(transaction_id),
        "attempts": metering.attempts(transaction_id),
        "person": accounts.member_name(hold.user_id),
        "quests": queries.quests().filter(transaction_id=transaction_id),
        "lead_lists": queries.lead_lists().filter(transaction_id=transaction_id),
    }
    return render(request, "quests/receipt.html", context)


def _status(form: Any) -> int:
    """Answer 422 with a form that has errors, so that nobody takes it for a success."""
    return 422 if form.errors else 200
