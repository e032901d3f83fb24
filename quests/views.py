"""The customer's pages: dashboard, goals, quests, lead lists, and the receipt of an AI call."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plans.queries import entitlements
from quests import actions, generation, queries, spreadsheet
from quests.forms import GoalForm, ImportForm, LeadListForm, QuestForm, RevenueForm
from saas.accounts import queries as accounts
from saas.accounts.callers import Caller
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, DomainError, Invalid, NotFound
from saas.metering import decision, pipeline
from saas.metering import queries as metering
from saas.metering.operations import OPERATIONS
from saas.metering.refusals import counting_bad_input
from saas.web import idempotency
from saas.web.idempotency import Answer, Claim
from saas.web.pages import caller_of, for_members, page_of
from tokens import queries as ledger

SHOWN = 5
"""How many of each a page shows that is about something else."""


def home(request: HttpRequest) -> HttpResponse:
    """Show the dashboard to members, the admin to staff who are members of nothing, what Milepost is to strangers."""
    if not request.user.is_authenticated:
        return render(request, "landing.html")
    if request.user.is_staff and request.caller is None:  # type: ignore[attr-defined]
        return redirect("admin:index")
    return dashboard(request)


@for_members
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the balance, the goals at a glance, what happened lately; at first, the way to a first quest."""
    caller = caller_of(request)
    entitled = entitlements(caller.organization_id).ask()
    window = metering.usage_window(accounts.organization(caller.organization_id).timezone)
    context = {
        "account": ledger.balance(),
        "spent_tokens": sum(row.tokens for row in window.usage("feature")),
        "days": len(window.days),
        "goals": queries.goals()[:SHOWN],
        "quests": queries.quests()[:SHOWN],
        "holds": ledger.holds()[:SHOWN],
        "entitled": entitled,
        "price": entitled.prices["quest"].value,
        "plan_with_ai": None if entitled.has("quest") else entitled.cheapest_plan_with("quest"),
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
    context = {
        "goal": actions.find_goal(goal_id),
        "revenue": queries.revenue_entries().filter(goal_id=goal_id)[:SHOWN],
        "revenue_form": RevenueForm(initial={"received_on": database_now().date()}),
        **_made_for(goal_id),
        **_generators(request, goal_id),
    }
    return render(request, "quests/goal.html", context)


def _made_for(goal_id: UUID) -> dict[str, Any]:
    return {
        "goal_id": goal_id,
        "quests": queries.quests().filter(goal_id=goal_id)[:SHOWN],
        "lead_lists": queries.lead_lists().filter(goal_id=goal_id)[:SHOWN],
    }


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
    return render(request, "quests/import_revenue.html", {"form": form, "goal": goal}, status=_status(form))


@for_members
@require_POST
def generate_quests(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Turn a goal into quests; the answer is a fragment for htmx and a redirect otherwise."""
    form = QuestForm(request.POST)

    def generate(caller: Caller, claim: Claim) -> Answer:
        count = form.cleaned_data["count"]
        return generation.generate_quests(caller=caller, goal_id=goal_id, count=count, claim=claim)

    return _generate(request, goal_id, form, generate, "quest")


@for_members
@require_POST
def generate_lead_list(request: HttpRequest, goal_id: UUID) -> HttpResponse:
    """Turn a goal into a lead list; the answer is a fragment for htmx and a redirect otherwise."""
    form = LeadListForm(request.POST)

    def generate(caller: Caller, claim: Claim) -> Answer:
        brief = form.cleaned_data["brief"]
        return generation.generate_lead_list(caller=caller, goal_id=goal_id, brief=brief, claim=claim)

    return _generate(request, goal_id, form, generate, "lead_list")


def _generate(
    request: HttpRequest, goal_id: UUID, form: Any, generate: Callable[[Caller, Claim], Answer], operation: str
) -> HttpResponse:
    """Run one generation; with htmx answer the result or the refusal, and what changed on the page."""
    caller, fragment = caller_of(request), bool(request.htmx)  # type: ignore[attr-defined]
    try:
        answer = generate(caller, _claim(request, caller, form))
    except DomainError as refusal:
        if not fragment:
            raise
        html = render_to_string("errors/problem_fragment.html", {"problem": refusal}, request)
        return HttpResponse(html + _again(request, goal_id, operation, fields=form), status=refusal.status)
    if not fragment:
        return redirect("receipt", transaction_id=answer.body["tokens"]["transaction_id"])
    html = render_to_string("quests/made.html", {"made": answer.body}, request)
    return HttpResponse(html + _again(request, goal_id, operation), status=answer.status)


@for_members
@require_POST
def cancel_generation(request: HttpRequest, goal_id: UUID, key: UUID, operation: str) -> HttpResponse:
    """Cancel a running generation: its tokens are back at once. One that just ended answers for itself."""
    cancelled = pipeline.cancel(caller=caller_of(request), key=str(key))
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "quests/cancelled.html", {"cancelled": cancelled, "goal_id": goal_id})
    if not cancelled:
        return HttpResponse(status=204)
    html = render_to_string("quests/cancelled_fragment.html", {}, request)
    return HttpResponse(html + _again(request, goal_id, operation))


def _again(request: HttpRequest, goal_id: UUID, operation: str, fields: Any = None) -> SafeString:
    """Return what a generation changes elsewhere on the goal's page: form (with a new key), lists, balance."""
    fresh = _generator(request, goal_id, operation, decision.known_of(caller_of(request)))
    context = {"generator": {**fresh, **({"fields": fields} if fresh["fields"] and fields else {})}}
    return render_to_string("quests/generate_again.html", {**context, **_made_for(goal_id)}, request)


def _claim(request: HttpRequest, caller: Caller, form: Any) -> Claim:
    """Return the claim of the form's key; bad input is refused and counted."""
    with counting_bad_input(caller):
        if not form.is_valid():
            raise Invalid("Please check what you entered.", errors=form.errors)
    return idempotency.claim(
        key=request.POST.get("idempotency_key"), request=f"POST {request.path}", body=form.cleaned_data
    )


def _generators(request: HttpRequest, goal_id: UUID) -> dict[str, Any]:
    known = decision.known_of(caller_of(request))
    return {
        "quest_generator": _generator(request, goal_id, "quest", known),
        "lead_list_generator": _generator(request, goal_id, "lead_list", known),
    }


def _generator(request: HttpRequest, goal_id: UUID, operation: str, known: decision.Facts) -> dict[str, Any]:
    """Return what a generating form shows: prices, a new key, and what would refuse it at once."""
    key, price = str(uuid4()), known.entitlements.prices[operation].value
    units = range(1, OPERATIONS[operation].units_max + 1)
    thing, label = GENERATORS[operation]
    return {
        "id": f"generate-{thing}",
        "label": label,
        "action": reverse(f"generate_{thing}", args=[goal_id]),
        "idempotency_key": key,
        "status_url": reverse("operation_status", args=[key]),
        "cancel_url": reverse(f"cancel_{thing}", args=[goal_id, key]),
        "price": price,
        "available": known.position.available,
        "options": [{"value": n, "tokens": n * price} for n in units] if len(units) > 1 else [],
        "fields": LeadListForm() if operation == "lead_list" else None,
        "refusal": _refusal(operation, known),
        "plan": known.entitlements.cheapest_plan_with(operation),
    }


GENERATORS = {"quest": ("quests", "Generate quest"), "lead_list": ("lead_list", "Find leads")}
"""Of each operation, what its addresses and its form are called, and its button."""


def _refusal(operation: str, known: decision.Facts) -> DomainError | None:
    """Return why one unit of the operation would be refused, so that nobody finds out by trying."""
    try:
        decision.check(OPERATIONS[operation], 1, known)
    except DomainError as refusal:
        return refusal
    return None


@for_members
@require_GET
def quests(request: HttpRequest) -> HttpResponse:
    """List the quests, all of them or one goal's."""
    rows, goal_id = queries.quests(), request.GET.get("goal")
    goal = actions.find_goal(_uuid(goal_id)) if goal_id else None
    page = page_of(request, rows.filter(goal=goal) if goal else rows)
    return render(request, "quests/quests.html", {"page": page, "goal": goal})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise actions.no_goal() from error


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
    done = [str(place) in ticked for place in range(len(quest.steps))]
    quest = actions.update_steps(quest_id=quest_id, done=done)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "quests/quest_progress.html", {"quest": quest, "oob": True})
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
