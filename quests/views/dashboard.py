"""The start page: the dashboard, or what staff and visitors see instead."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from plans.queries import entitlements
from quests import queries
from quests.features.inputs import RevenueInput
from quests.features.revenue_forecast import month_after
from saas.accounts import queries as accounts
from saas.metering import queries as metering
from saas.web import charts
from saas.web.pages import caller_of, for_members
from tokens import queries as ledger
from tokens.queries import BurnForecast

SHOWN = 5
"""How many of each a page shows that is about something else."""

STEPS_SHOWN, QUESTS_SEARCHED = 4, 20
"""How many next steps are shown, and in how many of the latest quests they are looked for."""

REVENUE_MONTHS = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the dashboard to members, the admin to staff who are members of nothing, what Milepost is to visitors."""
    if not request.user.is_authenticated:
        return render(request, "landing.html")
    if request.user.is_staff and request.caller is None:  # type: ignore[attr-defined]
        return redirect("admin:index")
    return dashboard(request)


@for_members
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the balance and how long it lasts, goals, next steps, money, calls; at first, the way to a first quest."""
    caller = caller_of(request)
    entitled = entitlements(caller.organization_id).fetch()
    account = ledger.balance()
    quests, revenue = list(queries.quests()[:QUESTS_SEARCHED]), queries.revenue_input()
    context = {
        "account": account,
        "conflicts": queries.has_conflicts(),
        "goals": queries.goals_by_attention()[:SHOWN],
        "quests": quests[:SHOWN],
        "steps": _next_steps(quests),
        "holds": ledger.holds()[:SHOWN],
        "entitled": entitled,
        "price": entitled.prices["quest"].value,
        "plan_with_ai": None if entitled.has("quest") else entitled.cheapest_plan_with("quest"),
        **_spending(ledger.burn_forecast(account), accounts.organization(caller.organization_id).timezone),
        "today": revenue.today,
        **_money(revenue),
    }
    return render(request, "quests/dashboard.html", context)


def _spending(forecast: BurnForecast, timezone: str) -> dict[str, Any]:
    """Return how the tokens go: what was used, the curve of it, and when there are none left."""
    usage = metering.usage_by_day(timezone)
    name = f"Tokens used a day in the last {len(usage.days)} days"
    return {
        "forecast": forecast,
        "used_tokens": usage.tokens,
        "days": len(usage.days),
        "used_curve": charts.sparkline(id="used", name=name, values=usage.daily) if usage.tokens else "",
    }


def _next_steps(quests: list[Any]) -> list[dict[str, Any]]:
    """Return the steps that are due first, each with its quest."""
    steps = [{**step, "quest": quest} for quest in quests for step in quest.dated_steps if not step["done"]]
    return sorted(steps, key=lambda step: step["due_on"])[:STEPS_SHOWN]


def _money(revenue: RevenueInput) -> dict[str, Any]:
    """Return what came in this month and the one before, and the curve of a year."""
    running = revenue.today.replace(day=1)
    known = dict(revenue.by_month)
    months: list[date] = [month_after(running, -place) for place in reversed(range(REVENUE_MONTHS + 1))]
    *amounts, now = [known.get(month, Decimal(0)) for month in months]
    name = f"Money received a month in the last {REVENUE_MONTHS} whole months"
    curve = charts.sparkline(id="money", name=name, values=[max(float(amount), 0.0) for amount in amounts])
    return {"money": {"now": now, "before": amounts[-1], "curve": curve} if now or any(amounts) else None}
