"""The start page: the dashboard, or what staff and visitors see instead."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from plans.queries import current_book, entitlements
from plans.trials import queries as trials
from quests import queries
from quests.features.inputs import RevenueInput
from quests.features.months import month_after
from quests.pace import PaceState
from quests.queries import GoalWithPace, OpenStep
from saas.accounts import queries as accounts
from saas.kernel.transactions import fetch_all
from saas.metering import queries as metering
from saas.metering.queries import UsageByDay
from saas.web import charts
from saas.web.pages import caller_of, for_members
from tokens import queries as ledger
from tokens.queries import BurnForecast

SHOWN = 5
"""How many of each a page shows that is about something else."""

DUE_SHOWN, NEXT_SHOWN = 8, 3
"""How many steps are shown that are due, and how many that come next."""

REVENUE_MONTHS = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the dashboard to members, the admin to staff who are members of nothing, what Milepost is to visitors."""
    if not request.user.is_authenticated:
        book = current_book()
        return render(
            request, "landing.html", {"trial": trials.offered_by(book), "price": book.operation_prices["quest"]}
        )
    if request.user.is_staff and request.caller is None:  # type: ignore[attr-defined]
        return redirect("admin:index")
    return dashboard(request)


@for_members
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show what is to be done today, goals, money and tokens; at first, the way to a first quest."""
    caller = caller_of(request)
    entitled, revenue = fetch_all(entitlements(caller.organization_id), queries.revenue_query())
    account, goals = ledger.balance(), queries.goals_by_attention()
    timezone = accounts.organization(caller.organization_id).timezone
    context = {
        "account": account,
        "conflicts": queries.has_conflicts(),
        "todo": _today(goals, queries.open_steps(revenue.today), revenue.today),
        "goals": goals[:SHOWN],
        "quests": queries.current_quests()[:SHOWN],
        "entitled": entitled,
        "price": entitled.prices["quest"].value,
        "trial": None if entitled.has("quest") else trials.offered_to(caller, entitled),
        "on_trial": trials.progress(entitled),
        "plan_with_ai": None if entitled.has("quest") else entitled.cheapest_plan_with("quest"),
        **_spending(ledger.burn_forecast(account), metering.usage_by_day(timezone, today=revenue.today)),
        **_money(revenue),
    }
    return render(request, "quests/dashboard.html", context)


def _spending(forecast: BurnForecast, usage: UsageByDay) -> dict[str, Any]:
    """Return how the tokens go: what was used, and when there are none left."""
    return {"forecast": forecast, "used_tokens": usage.tokens, "days": len(usage.days)}


def _today(goals: list[GoalWithPace], steps: list[OpenStep], today: date) -> dict[str, Any]:
    """Return what needs somebody today: goals that are late, steps that are due, and what comes next."""
    due = [step for step in steps if step.due_on <= today]
    return {
        "late_goals": [row for row in goals if row.standing in (PaceState.OVERDUE, PaceState.BEHIND)][:SHOWN],
        "due_steps": due[:DUE_SHOWN],
        "more_due": max(len(due) - DUE_SHOWN, 0),
        "next_steps": steps[len(due) :][:NEXT_SHOWN],
    }


def _money(revenue: RevenueInput) -> dict[str, Any]:
    """Return what came in this month and the one before, and the curve of a year."""
    running = revenue.today.replace(day=1)
    known = dict(revenue.by_month)
    months: list[date] = [month_after(running, -place) for place in reversed(range(REVENUE_MONTHS + 1))]
    *amounts, now = [known.get(month, Decimal(0)) for month in months]
    name = f"Money received a month in the last {REVENUE_MONTHS} whole months"
    curve = charts.sparkline(id="money", name=name, values=[max(float(amount), 0.0) for amount in amounts])
    return {"money": {"now": now, "before": amounts[-1], "curve": curve} if now or any(amounts) else None}
