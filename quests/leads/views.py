"""Saying on a lead list's page how far its leads are."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from quests.leads import actions
from quests.leads.forms import LeadForm
from quests.models import LeadState
from saas.accounts import queries as accounts
from saas.kernel.clock import today_in
from saas.kernel.errors import Invalid
from saas.web.pages import caller_of, for_members


@for_members
@require_POST
def update_lead(request: HttpRequest, lead_list_id: UUID, lead: int) -> HttpResponse:
    """Say how far a lead is; a won one's amount is recorded as revenue."""
    form = LeadForm(request.POST)
    if not form.is_valid():
        raise Invalid("Enter the amount that was won, like 400 or 400.00.", field="amount")
    caller = caller_of(request)
    today = today_in(accounts.organization(caller.organization_id).timezone)
    actions.update_lead(lead_list_id=lead_list_id, lead=lead, by=caller.user_id, received_on=today, **form.cleaned_data)
    won = form.cleaned_data["state"] == LeadState.WON
    messages.success(request, "Won, and recorded toward the goal." if won else "Saved.")
    return redirect("lead_list", lead_list_id=lead_list_id)
