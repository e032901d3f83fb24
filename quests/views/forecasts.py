"""Revenue forecasts: asking for one, and looking at one."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from quests import generation, queries
from quests.features.revenue_forecast import month_after
from quests.features.words import money
from quests.forms import ForecastForm
from quests.models import RevenueForecast
from quests.views.generating import Place, asking, cancel, generate
from saas.accounts.callers import Caller
from saas.metering import decision
from saas.web import charts
from saas.web.idempotency import Answer, Claim
from saas.web.pages import caller_of, for_members, page_of

SHOWN = 5
PAST_SHOWN = 18
"""How many of the months before a forecast its chart shows."""


def _place() -> Place:
    return Place(
        operation="revenue_forecast",
        name="forecast",
        label="Forecast revenue",
        form=ForecastForm,
        page=reverse("forecasts"),
        renewed="quests/forecast_list.html",
        lists=lambda: {"forecasts": queries.forecasts()[:SHOWN]},
        refusals={generation.NothingChanged: "quests/unchanged.html"},
    )


@for_members
@require_GET
def forecasts(request: HttpRequest) -> HttpResponse:
    """List the forecasts, and ask for another."""
    return _forecasts(request)


def _forecasts(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    page = page_of(request, queries.forecasts())
    revenue = queries.revenue_input()
    context = {
        "page": page,
        "generator": asking(request, _place(), decision.inputs(caller_of(request))),
        "is_empty": revenue.is_empty,
        "month_count": len(revenue.by_month),
        **more,
    }
    return render(request, "quests/forecasts.html", context, status=status)


@for_members
@require_POST
def generate_forecast(request: HttpRequest) -> HttpResponse:
    """Forecast the revenue; the answer is a fragment for htmx and a redirect otherwise."""
    try:
        return generate(request, _place(), _generate)
    except generation.NothingChanged as refusal:
        form = ForecastForm(request.POST)
        form.is_valid()
        return _forecasts(request, status=refusal.status, unchanged=refusal, form=form, key=uuid4())


def _generate(caller: Caller, asked: dict[str, Any], claim: Claim) -> Answer:
    return generation.generate_revenue_forecast(
        caller=caller, claim=claim, months=asked["months"], if_changed=not asked["anyway"]
    )


@for_members
@require_POST
def cancel_forecast(request: HttpRequest, key: UUID) -> HttpResponse:
    """Cancel a forecast that is being made."""
    return cancel(request, _place(), key)


@for_members
@require_GET
def forecast(request: HttpRequest, forecast_id: UUID) -> HttpResponse:
    """Show a forecast with its chart and its figures."""
    found = queries.find_forecast(forecast_id)
    context = {
        "forecast": found,
        "left_out": _left_out(found),
        "rows": [(f"{_day(month['month']):%b %Y}", *_figures(month, found.currency)) for month in found.months],
        "total": _figures(found.total, found.currency),
        "chart": _chart(found),
    }
    return render(request, "quests/forecast.html", context)


def _left_out(forecast: RevenueForecast) -> date | None:
    """Return the month that was running when the forecast was made, where it is not part of the history."""
    first = _day(forecast.months[0]["month"])
    running = month_after(first, -1)
    return running if forecast.history and _day(forecast.history[-1]["month"]) < running else None


def _figures(band: dict[str, str], currency: str) -> list[str]:
    """Return low, middle and high without cents: no forecast is that exact."""
    return [money(Decimal(round(Decimal(band[part]))), currency) for part in ("p10", "p50", "p90")]


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _chart(forecast: RevenueForecast) -> charts.Chart:
    """Return the chart of the months that were and of those to come."""
    past = forecast.history[-PAST_SHOWN:]
    amounts = [float(month["amount"]) for month in past]
    bands = [(float(month["p10"]), float(month["p50"]), float(month["p90"])) for month in forecast.months]
    top = charts.round_top(max([*amounts, *(band[2] for band in bands)]))
    lowest = min([*amounts, *(band[0] for band in bands)])
    bottom = -charts.round_top(-lowest) if lowest < 0 else 0
    drawing = charts.line_with_band(
        id="forecast",
        name=forecast.title,
        description=forecast.driver,
        past=amounts,
        bands=bands,
        hints=[*(_was(month, forecast.currency) for month in past), *_hopes(forecast)],
        bottom=bottom,
        top=top,
    )
    labels = [f"{_day(month['month']):%b %y}" for month in (*past, *forecast.months)]
    marks = [money(Decimal(mark), forecast.currency) for mark in (top, (top + bottom) / 2, bottom)]
    legend = [("past", "Received"), ("middle", "Most likely"), ("band", "80 % range")]
    return charts.Chart(drawing, marks, charts.ticks(labels), legend if past else legend[1:])


def _was(month: dict[str, str], currency: str) -> str:
    return f"{_day(month['month']):%B %Y}: {money(Decimal(month['amount']), currency)} received"


def _hopes(forecast: RevenueForecast) -> list[str]:
    hopes = []
    for month in forecast.months:
        low, middle, high = _figures(month, forecast.currency)
        hopes.append(f"{_day(month['month']):%B %Y}: {middle}, between {low} and {high}")
    return hopes
