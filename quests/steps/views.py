"""Pages of the steps of a quest."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from quests.actions import find_quest
from quests.steps import actions
from quests.steps.forms import NewStepForm, StepForm
from saas.accounts import queries as accounts
from saas.kernel.errors import Invalid
from saas.web.pages import for_members, status_of


@for_members
@require_http_methods(["GET", "POST"])
def new_step(request: HttpRequest, quest_id: UUID) -> HttpResponse:
    """Add a step to a quest."""
    quest = find_quest(quest_id)
    form = NewStepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_step(quest_id=quest_id, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, "Added.")
            return redirect("quest", quest_id=quest_id)
    return render(request, "quests/step_form.html", {"form": form, "quest": quest}, status=status_of(form))


@for_members
@require_http_methods(["GET", "POST"])
def edit_step(request: HttpRequest, quest_id: UUID, step_id: int) -> HttpResponse:
    """Show a step; POST edits it."""
    quest = find_quest(quest_id)
    step = next((each for each in quest.numbered_steps if each["id"] == step_id), None)
    if step is None:
        raise actions.no_step()
    people = [(member.user_id, str(member.user)) for member in accounts.members()]
    initial = {**step, "due_on": date.fromisoformat(step["due_on"])}
    form = StepForm(request.POST or None, initial=initial, people=people)
    if request.method == "POST" and form.is_valid():
        actions.edit_step(quest_id=quest_id, step_id=step_id, changes=form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("quest", quest_id=quest_id)
    context = {"form": form, "quest": quest, "step": step}
    return render(request, "quests/step_form.html", context, status=status_of(form))


@for_members
@require_POST
def drop_step(request: HttpRequest, quest_id: UUID, step_id: int) -> HttpResponse:
    """Take a step out of a quest."""
    actions.drop_step(quest_id=quest_id, step_id=step_id)
    messages.success(request, "The step is out of this quest.")
    return redirect("quest", quest_id=quest_id)
