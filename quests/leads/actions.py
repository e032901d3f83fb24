"""Write how far a lead is."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from audit.actions import record
from quests.actions import record_revenue
from quests.events import LeadUpdated
from quests.models import LeadList, LeadState, RevenueEntry
from quests.queries import find_lead_list
from saas.accounts.lock import serialized
from saas.kernel.errors import Conflict, Invalid, NotFound


def update_lead(
    *,
    lead_list_id: UUID,
    lead: int,
    state: LeadState,
    by: UUID,
    amount: Decimal | None = None,
    received_on: date | None = None,
) -> LeadList:
    """Say how far the lead at a place (from 0) is; a won one's `amount` is recorded as revenue of the goal.

    The same again changes nothing. Raises NotFound, Invalid for a won lead without an amount, and Conflict for one
    whose revenue is recorded already.
    """
    with serialized():
        lead_list = find_lead_list(lead_list_id)
        leads = lead_list.stated_leads
        if not 0 <= lead < len(leads):
            raise NotFound("There is no such lead.")
        found = leads[lead]
        if found["state"] == state and state != LeadState.WON:
            return lead_list
        if found["revenue_entry"] and RevenueEntry.objects.filter(id=found["revenue_entry"]).exists():
            if state == LeadState.WON and amount == Decimal(found["won_amount"]):
                return lead_list
            raise Conflict("This lead is won, and its revenue recorded. Edit or remove that first.")
        found |= {"state": state.value, "won_amount": None, "revenue_entry": None}
        if state == LeadState.WON:
            if amount is None or received_on is None:
                raise Invalid("Say how much was won.", field="amount")
            entry = record_revenue(
                goal_id=lead_list.goal_id, amount=amount, received_on=received_on, by=by, note=found["name"][:200]
            )
            found |= {"won_amount": f"{amount:.2f}", "revenue_entry": str(entry.id)}
        LeadList.objects.filter(id=lead_list_id).update(leads=leads)
        lead_list.leads = leads
        record(LeadUpdated(lead_list=lead_list_id, lead=lead, state=state.value))
    return lead_list
