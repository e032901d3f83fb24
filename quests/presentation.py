"""Goals and what was made of them as the API shows it. Money is a decimal string in the organization's currency."""

from typing import Any

from quests.models import Goal, LeadList, Quest, RevenueEntry, RevenueForecast
from quests.pace import Pace
from quests.queries import GoalWithPace


def goal(goal: Goal) -> dict[str, Any]:
    """Return a goal."""
    return {
        "id": goal.id,
        "title": goal.title,
        "description": goal.description,
        "target_amount": f"{goal.target_amount:.2f}",
        "current_amount": f"{goal.current_amount:.2f}",
        "due_on": goal.due_on,
        "status": goal.state,
        "created_at": goal.created_at,
        "updated_at": goal.updated_at,
        "version": goal.version,
    }


def goal_with_pace(row: GoalWithPace) -> dict[str, Any]:
    """Return a goal and its pace."""
    return {**goal(row.goal), "pace": row.pace and _pace(row.pace)}


def _pace(pace: Pace) -> dict[str, Any]:
    amounts = {
        "expected_amount": pace.expected_amount,
        "behind_amount": pace.behind_amount,
        "needed_weekly_amount": pace.needed_weekly_amount,
        "weekly_amount": pace.weekly_amount,
    }
    return {
        "state": pace.state,
        **{name: None if amount is None else f"{amount:.2f}" for name, amount in amounts.items()},
        "overdue_days": pace.overdue_days,
    }


def quest(quest: Quest) -> dict[str, Any]:
    """Return a quest; one that is just being made has no time yet."""
    return {
        "id": quest.id,
        "goal": quest.goal_id,
        "title": quest.title,
        "summary": quest.summary,
        "steps": quest.numbered_steps,
        "rating": quest.rating,
        "archived_at": quest.archived_at,
        "transaction_id": quest.transaction_id,
        "provider": quest.provider,
        "version": quest.version,
    }


def lead_list(lead_list: LeadList) -> dict[str, Any]:
    """Return a lead list."""
    return {
        "id": lead_list.id,
        "goal": lead_list.goal_id,
        "title": lead_list.title,
        "summary": lead_list.summary,
        "brief": lead_list.brief,
        "leads": lead_list.stated_leads,
        "transaction_id": lead_list.transaction_id,
        "provider": lead_list.provider,
    }


def forecast(forecast: RevenueForecast) -> dict[str, Any]:
    """Return a revenue forecast."""
    return {
        "id": forecast.id,
        "title": forecast.title,
        "summary": forecast.summary,
        "driver": forecast.driver,
        "method": forecast.method,
        "currency": forecast.currency,
        "months": forecast.months,
        "total": forecast.total,
        "history": forecast.history,
        "history_months": len(forecast.history),
        "transaction_id": forecast.transaction_id,
        "provider": forecast.provider,
    }


def revenue_entry(entry: RevenueEntry) -> dict[str, Any]:
    """Return money received toward a goal."""
    return {
        "id": entry.id,
        "goal": entry.goal_id,
        "amount": f"{entry.amount:.2f}",
        "received_on": entry.received_on,
        "note": entry.note,
        "created_at": entry.created_at,
        "version": entry.version,
    }
