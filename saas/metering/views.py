"""Pages of metering: how an operation goes, and usage."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from saas.accounts import queries as accounts
from saas.kernel.errors import Invalid
from saas.metering import queries
from saas.metering.operations import OPERATIONS, OWN_AI
from saas.web import charts, idempotency
from saas.web.pages import caller_of, for_members
from tokens import queries as ledger

STOP_POLLING = 286


@for_members
@require_GET
def operation_status(request: HttpRequest, key: UUID) -> HttpResponse:
    """Return the status of the operation with this key as text; 286 makes htmx stop polling."""
    record = idempotency.find(str(key))
    if record is None:
        return HttpResponse("Reserving tokens")
    if record.answer is None:
        return HttpResponse("The planner is working")
    return HttpResponse("Done", status=STOP_POLLING)


GROUPINGS = (("feature", "Feature"), ("purpose", "Purpose"), ("user", "Member"), ("department", "Department"))
GONE = {"user": "Somebody who left", "department": "A former department"}
"""What groups are called that have no name any more."""

EXPECTED_DAYS = 7
"""How far ahead the page shows what the pace leads one to expect."""


@for_members
@require_GET
def usage(request: HttpRequest) -> HttpResponse:
    """Show the last 30 days' tokens by day, stacked by feature, member or department."""
    group_by = request.GET.get("by", GROUPINGS[0][0])
    if group_by not in dict(GROUPINGS):
        raise Invalid("Choose feature, purpose, user or department.")
    timezone = accounts.organization(caller_of(request).organization_id).timezone
    found = queries.usage_by_day(timezone, group_by)
    names = _names(group_by)
    pace = ledger.pace()
    stacks = [(names.get(stack.group) or GONE.get(group_by) or str(stack.group), stack) for stack in found.stacks]
    context = {
        "usage": found,
        "stacks": stacks,
        "days": len(found.days),
        "before": sum(found.before),
        "pace": pace,
        "chart": _chart(found, stacks, pace),
        "grouping": dict(GROUPINGS)[group_by],
        "tabs": [
            {"href": f"?by={key}", "label": f"By {name.lower()}", "current": key == group_by} for key, name in GROUPINGS
        ],
    }
    return render(request, "metering/usage.html", context)


def _names(group_by: str) -> dict[str | None, str]:
    """Return what the groups are called."""
    match group_by:
        case "user":
            return {str(member.user_id): str(member.user) for member in accounts.members()}
        case "purpose":
            return {None: "AI of Milepost"}
        case "department":
            return {None: "No department", **{str(each.id): each.name for each in accounts.departments()}}
    return {OWN_AI: "Your own AI", **{key: operation.name for key, operation in OPERATIONS.items()}}


def _chart(found: queries.UsageByDay, stacks: list[tuple[str, queries.DailyUsage]], pace: float) -> charts.Chart:
    """Return the chart: a bar a day, the time before behind it, and what may come after it at a pace."""
    shown = [(name, stack.daily) for name, stack in stacks[: charts.COLOURS - 1]]
    if others := stacks[charts.COLOURS - 1 :]:
        shown.append(("Others", [sum(day) for day in zip(*(stack.daily for _, stack in others), strict=True)]))
    expected = [pace] * EXPECTED_DAYS if pace else []
    daily = found.daily
    top = charts.round_top(max([*daily, *found.before, *expected, 4]))
    days = [*found.days, *(found.days[-1] + timedelta(days=n + 1) for n in range(len(expected)))]
    drawing = charts.stacked_bars(
        id="usage",
        name="Tokens by day",
        description=f"{found.tokens} tokens in {len(found.days)} days, {sum(found.before)} in as many before.",
        stacks=[values for _, values in shown],
        hints=[*_hints(found, shown), *(f"{pace:.1f} tokens a day expected" for _ in expected)],
        top=top,
        ghost=found.before,
        expected=expected,
    )
    legend = [(f"c{place}", name) for place, (name, _) in enumerate(shown, start=1)]
    legend += [("ghost", f"The {len(found.days)} days before")] * any(found.before)
    legend += [("expected", f"Expected, {pace:.1f} a day")] * bool(expected)
    names = [name for name, _ in shown]
    return charts.Chart(
        drawing=drawing,
        marks=[f"{mark:g}" for mark in (top, top / 2, 0)],
        ticks=charts.ticks([f"{day:%-d %b}" for day in days]),
        legend=legend,
        head=["Day", *names, "All", "Before"],
        rows=[
            [f"{day:%-d %b}", *(str(values[place]) for _, values in shown), str(daily[place]), str(found.before[place])]
            for place, day in enumerate(found.days)
            if daily[place] or found.before[place]
        ],
    )


def _hints(found: queries.UsageByDay, shown: list[tuple[str, Sequence[int]]]) -> list[str]:
    """Say each day in words; a day on which nothing was spent needs none."""
    hints = []
    for place, (day, tokens, before) in enumerate(zip(found.days, found.daily, found.before, strict=True)):
        parts = ", ".join(f"{name} {values[place]}" for name, values in shown if values[place])
        hints.append(f"{day:%-d %b}: {tokens} tokens ({parts}); {before} before" if tokens else "")
    return hints
