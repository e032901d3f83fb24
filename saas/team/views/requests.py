"""The team's page: requests for more tokens."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from saas.kernel.errors import Conflict
from saas.team import actions
from saas.team.forms import AnswerForm, AskForm
from saas.team.views.guards import person
from saas.team.views.people import show_team
from saas.web.pages import caller_of, for_managers, for_members
from tokens.actions import InsufficientTokens


@for_members
@require_POST
def ask_for_tokens(request: HttpRequest) -> HttpResponse:
    """Ask owners and admins for more."""
    form = AskForm(request.POST)
    if not form.is_valid():
        return show_team(request, status=422, ask_form=form)
    try:
        actions.ask_for_tokens(caller=caller_of(request), **form.cleaned_data)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "Your request went to the owners and admins. You will be notified of their answer.")
    return redirect("team")


@for_managers
@require_POST
def answer_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Raise the quota for this period or for good, or leave it."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A note has at most 500 characters.")
        return redirect("team")
    answer, note = form.cleaned_data["answer"], form.cleaned_data["note"]
    try:
        if answer == "decline":
            actions.decline_request(request_id=request_id, by=person(request), note=note)
        else:
            for_good = answer == "for_good"
            actions.approve_request(request_id=request_id, by=person(request), for_good=for_good, note=note)
    except (Conflict, InsufficientTokens) as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "Answered. They will be notified.")
    return redirect("team")
