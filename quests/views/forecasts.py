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
from quests.features.accuracy import outcomes
from quests.features.inputs import RevenueInput
from quests.features.months import month_after, needed_by
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
OUTCOMES_SHOWN = 6
PAST_SHOWN = 18
"""How many of the months before a forecast its chart shows."""

YEAR_BEFORE, NEEDED = ("year-ago", "A year before"), ("needed", "Open goals need")
"""Lines to compare with: their class and their name in the legend."""

NEEDED_MAX = 2
"""Times what else is drawn: a line further up is said and not drawn."""


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
        "outcomes": _outcomes(revenue),
        **more,
    }
    return render(request, "quests/forecasts.html", context, status=status)


def _outcomes(revenue: RevenueInput) -> list[dict[str, Any]]:
    """Return what earlier forecasts said of the latest months that are over, and what came in."""
    found = outcomes(
        queries.forecast_months(revenue.currency), dict(revenue.by_month), revenue.today, most=OUTCOMES_SHOWN
    )
    figures = ("low", "middle", "high", "amount")
    return [
        {**{name: _whole(getattr(each, name), revenue.currency) for name in figures}, "month": each.month,
         "is_within": each.is_within}
        for each in found
    ]  # fmt: skip


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
    found, revenue = queries.find_forecast(forecast_id), queries.revenue_input()
    needed = _needed(found, revenue)
    chart = _chart(found, needed)
    context = {
        "forecast": found,
        "left_out": _left_out(found),
        "rows": [(f"{_day(month['month']):%b %Y}", *_figures(month, found.currency)) for month in found.months],
        "total": _figures(found.total, found.currency),
        "chart": chart,
        "needed": _whole(max(filter(None, needed), default=Decimal(0)), found.currency),
        "is_needed_above": any(needed) and NEEDED not in chart.legend,
    }
    return render(request, "quests/forecast.html", context)


def _left_out(forecast: RevenueForecast) -> date | None:
    """Return the month that was running when the forecast was made, where it is not part of the history."""
    first = _day(forecast.months[0]["month"])
    running = month_after(first, -1)
    return running if forecast.history and _day(forecast.history[-1]["month"]) < running else None


def _figures(band: dict[str, str], currency: str) -> list[str]:
    """Return low, middle and high without cents: no forecast is that exact."""
    return [_whole(Decimal(band[part]), currency) for part in ("p10", "p50", "p90")]


def _whole(amount: Decimal, currency: str) -> str:
    return money(Decimal(round(amount)), currency)


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _needed(forecast: RevenueForecast, revenue: RevenueInput) -> list[Decimal | None]:
    """Return what today's open goals need of each month of a forecast; None for those that began already."""
    months = [_day(month["month"]) for month in forecast.months]
    coming = [month for month in months if month > revenue.today and forecast.currency == revenue.currency]
    needed = dict(zip(coming, needed_by(revenue, coming), strict=True))
    return [needed.get(month) or None for month in months]


def _year_before(forecast: RevenueForecast) -> list[Decimal | None]:
    known = {month["month"]: Decimal(month["amount"]) for month in forecast.history}
    return [known.get(f"{month_after(_day(month['month']), -12):%Y-%m}") for month in forecast.months]


def _chart(forecast: RevenueForecast, needed: list[Decimal | None]) -> charts.Chart:
    """Return the chart of the months that were and of those to come, beside last year's and what goals need.

    What goals need is left out where it would press all else flat.
    """
    past, year_before = forecast.history[-PAST_SHOWN:], _year_before(forecast)
    amounts = [float(month["amount"]) for month in past]
    bands = [(float(month["p10"]), float(month["p50"]), float(month["p90"])) for month in forecast.months]
    references = [(YEAR_BEFORE, year_before), (NEEDED, needed)]
    known = max([*amounts, *(band[2] for band in bands), *(float(each) for each in year_before if each)])
    lines = [
        (key, [None if each is None else float(each) for each in values])
        for key, values in references
        if any(values) and float(max(filter(None, values))) <= NEEDED_MAX * max(known, 1)
    ]
    top = charts.round_top(max([known, *(each for _, values in lines for each in values if each)]))
    lowest = min([*amounts, *(band[0] for band in bands), *(each or 0.0 for _, values in lines for each in values)])
    bottom = -charts.round_top(-lowest) if lowest < 0 else 0
    drawing = charts.line_with_band(
        id="forecast",
        name=forecast.title,
        description=forecast.driver,
        past=amounts,
        bands=bands,
        hints=[*(_was(month, forecast.currency) for month in past), *_hopes(forecast, year_before, needed)],
        bottom=bottom,
        top=top,
        references=[(name, values) for (name, _), values in lines],
    )
    labels = [f"{_day(month['month']):%b %y}" for month in (*past, *forecast.months)]
    marks = [money(Decimal(mark), forecast.currency) for mark in (top, (top + bottom) / 2, bottom)]
    legend = [("past", "Received"), ("middle", "Most likely"), ("band", "80 % range"), *(key for key, _ in lines)]
    ticks = charts.placed_ticks(labels, anchor=len(past))
    return charts.Chart(drawing, marks, ticks, legend if past else legend[1:], placed=True)


def _was(month: dict[str, str], currency: str) -> str:
    return f"{_day(month['month']):%B %Y}: {money(Decimal(month['amount']), currency)} received"


def _hopes(forecast: RevenueForecast, year_before: list[Decimal | None], needed: list[Decimal | None]) -> list[str]:
    hopes = []
    for month, before, asked in zip(forecast.months, year_before, needed, strict=True):
        low, middle, high = _figures(month, forecast.currency)
        said = f"{_day(month['month']):%B %Y}: {middle}, between {low} and {high}"
        said += "" if before is None else f"; {_whole(before, forecast.currency)} a year before"
        said += "" if asked is None else f"; open goals need {_whole(asked, forecast.currency)}"
        hopes.append(said)
    return hopes
