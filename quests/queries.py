"""Read goals, revenue entries, quests, lead lists and forecasts."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import BooleanField, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value

from quests.features.inputs import GoalInput, RevenueInput
from quests.models import Goal, GoalStatus, LeadList, Quest, RevenueEntry, RevenueForecast, SyncConflict
from quests.pace import (
    RECENT_DAYS,
    Pace,
    PaceInput,
    PaceState,
    pace,
    pace_sentence,
    reached_on,
    reached_sentence,
)
from quests.spreadsheet import RevenueLine
from saas.kernel.errors import NotFound
from saas.kernel.transactions import Query, Row, Statement


def goals() -> QuerySet[Goal]:
    """Return the goals that are not archived, newest first."""
    return Goal.objects.exclude(status=GoalStatus.ARCHIVED).order_by("-id")


def archived_goals() -> QuerySet[Goal]:
    """Return the goals that were put away, newest first."""
    return Goal.objects.filter(status=GoalStatus.ARCHIVED).order_by("-id")


def all_goals() -> QuerySet[Goal]:
    """Return every goal, newest first."""
    return Goal.objects.order_by("-id")


def in_state(goals: QuerySet[Goal], state: str) -> QuerySet[Goal]:
    """Return those of the goals that are in a state, one of GoalStatus, as `Goal.state` says it."""
    match state:
        case GoalStatus.ARCHIVED:
            return goals.filter(status=GoalStatus.ARCHIVED)
        case GoalStatus.REACHED:
            return goals.exclude(status=GoalStatus.ARCHIVED).filter(current_amount__gte=F("target_amount"))
    return goals.exclude(status=GoalStatus.ARCHIVED).filter(current_amount__lt=F("target_amount"))


@dataclass(frozen=True)
class GoalWithPace:
    """A goal and its pace, with the sentence that says it; None and empty where it is reached or archived."""

    goal: Goal
    pace: Pace | None = None
    sentence: str = ""

    @property
    def standing(self) -> str:
        """Return how the goal stands: the state of its pace, or else reached or archived."""
        return self.pace.state if self.pace else self.goal.state


STANDINGS = (*PaceState, GoalStatus.REACHED, GoalStatus.ARCHIVED)
"""How goals stand, those first that need attention."""


def with_pace(goals: Sequence[Goal]) -> list[GoalWithPace]:
    """Return goals with their paces, in their order. One statement, none where no goal is active."""
    active = [goal.id for goal in goals if goal.state == GoalStatus.ACTIVE]
    paces = _paces(active) if active else {}
    return [GoalWithPace(goal, *paces.get(goal.id, ())) for goal in goals]


def goals_by_attention() -> list[GoalWithPace]:
    """Return the goals that are not archived as STANDINGS order them; of those alike the one that is due first."""
    found = with_pace(list(goals()))
    return sorted(found, key=lambda row: (STANDINGS.index(row.standing), row.goal.due_on or date.max))


def _paces(goal_ids: Sequence[UUID]) -> dict[UUID, tuple[Pace, str]]:
    """Return the paces of goals, and what says them; see Note [Where the numbers of a pace come from]."""
    statement = Statement(
        """
        SELECT g.id, o.currency, g.target_amount, g.current_amount,
            coalesce(sum(r.amount) FILTER (WHERE r.received_on >= started_on), 0),
            coalesce(sum(r.amount) FILTER (WHERE r.received_on > today - %s AND r.received_on <= today), 0),
            started_on, min(r.received_on), g.due_on, today
        FROM quests_goal g
        JOIN accounts_organization o ON o.id = g.organization_id
        CROSS JOIN LATERAL (SELECT (organization_now() AT TIME ZONE o.timezone)::date AS today,
            (g.created_at AT TIME ZONE o.timezone)::date AS started_on) days
        LEFT JOIN quests_revenue_entry r ON r.organization_id = g.organization_id AND r.goal_id = g.id
        WHERE g.organization_id = organization_acting() AND g.id = ANY(%s)
        GROUP BY g.organization_id, g.id, o.currency, started_on, today
        """,
        (RECENT_DAYS, list(goal_ids)),
    )
    return {
        goal_id: (found := pace(PaceInput(*figures)), pace_sentence(found, currency))
        for goal_id, currency, *figures in Query(statement, list).fetch()
    }


def received_by_day(goal_id: UUID) -> dict[date, Decimal]:
    """Return what came toward a goal on each day."""
    by_day = RevenueEntry.objects.filter(goal_id=goal_id).order_by().values_list("received_on")
    return dict(by_day.annotate(amount=Sum("amount")))


def names_of_goal(goal_id: UUID) -> dict[str, str]:
    """Return what people read about a goal when they are notified that it is reached."""
    goal = Goal.objects.filter(id=goal_id).select_related("organization").first()
    if goal is None:
        return {}
    return {"goal_title": goal.title, "goal_reached": how_reached(goal, goal.organization.currency)}


def how_reached(goal: Goal, currency: str) -> str:
    """Return since when the amount of a reached goal is there, and how early that was, in words."""
    since = reached_on(
        target_amount=goal.target_amount, current_amount=goal.current_amount, by_day=received_by_day(goal.id)
    )
    return reached_sentence(goal.target_amount, currency, reached_on=since, due_on=goal.due_on)


def goals_with_steps() -> QuerySet[Goal]:
    """Return every goal with `step_count`, the steps of all its quests, and `done_count` of them, newest first."""
    done = """jsonb_path_query_array(%(expressions)s, '$[*] ? (@.done == true)')"""
    return all_goals().annotate(step_count=_sum_over_quests("%(expressions)s"), done_count=_sum_over_quests(done))


def goals_with_revenue(first: date, last: date) -> QuerySet[Goal]:
    """Return what `goals_with_steps` does, each goal with the `received_amount` of these days, both included."""
    entries = RevenueEntry.objects.filter(goal=OuterRef("id"), received_on__gte=first, received_on__lte=last)
    received = entries.order_by().values("goal").annotate(sum=Sum("amount")).values("sum")
    return goals_with_steps().annotate(received_amount=Subquery(received))


def received_in(first: date, last: date) -> dict[date, Decimal]:
    """Return what came in on each of these days, both included; days without anything are left out."""
    by_day = RevenueEntry.objects.filter(received_on__gte=first, received_on__lte=last).order_by()
    return dict(by_day.values_list("received_on").annotate(amount=Sum("amount")))


def _sum_over_quests(array: str) -> Subquery:
    """Return how many elements an SQL array made of each quest's steps has, over all quests of a goal."""
    length = Func("steps", template=f"jsonb_array_length({array})", output_field=IntegerField())
    mine = Quest.objects.filter(goal=OuterRef("id")).order_by().values("goal")
    return Subquery(mine.annotate(sum=Sum(length)).values("sum"))


def recorded_lines(goal_id: UUID, fingerprint: str, lines: Sequence[RevenueLine]) -> tuple[set[int], set[int]]:
    """Return the numbers of those lines that are recorded toward the goal: from this very file, and from elsewhere.

    From elsewhere are those with the same day, amount and note; of two alike, one recorded leaves the other.
    """
    if not lines:
        return set(), set()
    prefix = f"{goal_id.hex}:{fingerprint[:32]}:"
    entries = RevenueEntry.objects.filter(goal_id=goal_id)
    keys = entries.filter(import_key__startswith=prefix).values_list("import_key", flat=True)
    imported = {int(key.rpartition(":")[2]) for key in keys if key}
    days = [line.received_on for line in lines]
    there = entries.filter(received_on__range=(min(days), max(days))).exclude(import_key__startswith=prefix)
    recorded = Counter(there.values_list("received_on", "amount", "note"))
    alike = set()
    for line in lines:
        same = (line.received_on, line.amount, line.note)
        if line.number not in imported and recorded[same]:
            recorded[same] -= 1
            alike.add(line.number)
    return imported, alike


def has_conflicts(goal_id: UUID | None = None) -> bool:
    """Return True if edits contradict each other that were made offline and elsewhere: all, or those about one goal."""
    waiting = SyncConflict.objects.filter(kept="")
    if goal_id is not None:
        records = Q(record_id=goal_id)
        for model in (Quest, RevenueEntry):
            records |= Q(record_id__in=model.objects.filter(goal_id=goal_id).values("id"))
        waiting = waiting.filter(records | Q(mine__goal=str(goal_id)))
    return waiting.exists()


def quests() -> QuerySet[Quest]:
    """Return the quests with their goals, newest first."""
    return Quest.objects.select_related("goal").order_by("-id")


def current_quests() -> QuerySet[Quest]:
    """Return the quests that are not archived, newest first."""
    return quests().filter(archived_at=None)


HAS_OPEN_STEPS = Func(
    F("steps"),
    template="jsonb_path_exists(%(expressions)s, '$[*].done ? (@ == false)')",
    output_field=BooleanField(),
)
"""The condition that a quest has a step that is not done."""


@dataclass(frozen=True)
class OpenStep:
    """A step of a quest that is not done, and whether its day has passed."""

    quest: Quest
    id: int
    title: str
    amount: Decimal
    due_on: date
    is_overdue: bool
    assignee: UUID | None


STEPS_SEARCHED = 200
"""In how many of the latest quests open steps are looked for."""


def open_steps(today: date) -> list[OpenStep]:
    """Return what is to be done for the goals that are active, what is due first in front."""
    active = in_state(Goal.objects.all(), GoalStatus.ACTIVE)
    found = current_quests().filter(HAS_OPEN_STEPS, goal_id__in=active.values("id"))[:STEPS_SEARCHED]
    steps = [
        OpenStep(
            quest=quest,
            id=step["id"],
            title=step["title"],
            amount=step["amount"],
            due_on=step["due_on"],
            is_overdue=step["due_on"] < today,
            assignee=UUID(step["assignee"]) if step["assignee"] else None,
        )
        for quest in found
        for step in quest.dated_steps
        if not step["done"]
    ]
    return sorted(steps, key=lambda step: step.due_on)


def lead_lists() -> QuerySet[LeadList]:
    """Return the lead lists with their goals, newest first."""
    return LeadList.objects.select_related("goal").order_by("-id")


def forecasts() -> QuerySet[RevenueForecast]:
    """Return the revenue forecasts, newest first."""
    return RevenueForecast.objects.order_by("-id")


FORECASTS_COMPARED = 60


def forecast_months(currency: str) -> list[list[dict[str, str]]]:
    """Return the months of the newest forecasts in a currency, newest first: to compare them with what came in."""
    return list(forecasts().filter(currency=currency).values_list("months", flat=True)[:FORECASTS_COMPARED])


REVENUE_ORDER = ("received_on", "id")
"""The key that orders revenue entries: the day the money came, and on one day the order of recording."""


def revenue_entries() -> QuerySet[RevenueEntry]:
    """Return money received toward goals, the latest day first."""
    return RevenueEntry.objects.order_by(*(f"-{name}" for name in REVENUE_ORDER))


def goal_query(goal_id: UUID) -> Query[tuple[GoalInput, tuple[str, ...]]]:
    """Return the query of the goal's input of prompts: its history, and the titles of its latest quests.

    It raises NotFound, also for an archived goal.
    """
    statement = Statement(
        """
        SELECT g.title, g.description, g.target_amount, g.current_amount, o.currency, g.due_on,
            (organization_now() AT TIME ZONE o.timezone)::date, o.name, o.trade,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(received_on, amount::text) ORDER BY received_on), '[]')
                FROM (SELECT received_on, amount FROM quests_revenue_entry r
                    WHERE r.organization_id = g.organization_id AND r.goal_id = g.id
                    ORDER BY received_on DESC LIMIT 200) latest),
            (SELECT coalesce(jsonb_agg(title), '[]') FROM (SELECT title FROM quests_quest q
                WHERE q.organization_id = g.organization_id AND q.goal_id = g.id ORDER BY q.id DESC LIMIT 24) recent)
        FROM quests_goal g JOIN accounts_organization o ON o.id = g.organization_id
        WHERE g.organization_id = organization_acting() AND g.id = %s AND g.status <> %s
        """,
        (goal_id, GoalStatus.ARCHIVED),
    )
    return Query(statement, _goal_input)


def _goal_input(rows: list[Row]) -> tuple[GoalInput, tuple[str, ...]]:
    if not rows:
        raise NotFound("There is no such goal.")
    title, description, target, current, currency, due_on, today, business, trade, revenue, titles = rows[0]
    goal = GoalInput(
        title=title,
        description=description,
        target_amount=target,
        current_amount=current,
        currency=currency,
        due_on=due_on,
        today=today,
        revenue=tuple((date.fromisoformat(day), Decimal(amount)) for day, amount in json.loads(revenue)),
        business=business,
        trade=trade,
    )
    return goal, tuple(json.loads(titles))


def find_lead_list(lead_list_id: UUID) -> LeadList:
    """Return a lead list; raise NotFound."""
    lead_list = lead_lists().filter(id=lead_list_id).first()
    if lead_list is None:
        raise NotFound("There is no such lead list.")
    return lead_list


def find_forecast(forecast_id: UUID) -> RevenueForecast:
    """Return a revenue forecast; raise NotFound."""
    forecast = forecasts().filter(id=forecast_id).first()
    if forecast is None:
        raise NotFound("There is no such forecast.")
    return forecast


def forecast_with_fingerprint(fingerprint: str) -> RevenueForecast | None:
    """Return the newest forecast that was made from the same, or None."""
    return forecasts().filter(made_from=fingerprint).first()


def revenue_input() -> RevenueInput:
    """Return the organization's revenue of the last 5 years, the input of a forecast. One statement."""
    return revenue_query().fetch()


def revenue_query() -> Query[RevenueInput]:
    """Return the query of `revenue_input`."""
    statement = Statement(
        """
        SELECT o.name, o.currency, today,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(month, amount::text) ORDER BY month), '[]')
                FROM (SELECT date_trunc('month', received_on)::date AS month, sum(amount) AS amount
                    FROM quests_revenue_entry r WHERE r.organization_id = o.id
                        AND received_on BETWEEN date_trunc('month', today) - interval '5 years' AND today
                    GROUP BY 1) by_month),
            (SELECT coalesce(jsonb_agg(jsonb_build_array(title, amount::text) ORDER BY amount DESC), '[]')
                FROM (SELECT g.title, sum(r.amount) AS amount
                    FROM quests_revenue_entry r
                    JOIN quests_goal g ON g.organization_id = r.organization_id AND g.id = r.goal_id
                    WHERE r.organization_id = o.id AND r.received_on BETWEEN today - interval '1 year' AND today
                    GROUP BY g.id, g.title) of_goals),
            (SELECT coalesce(jsonb_agg(jsonb_build_array((target_amount - current_amount)::text, due_on)), '[]')
                FROM quests_goal g WHERE g.organization_id = o.id
                    AND g.status <> %s AND target_amount > current_amount)
        FROM accounts_organization o, LATERAL (SELECT (organization_now() AT TIME ZONE o.timezone)::date AS today) clock
        WHERE o.id = organization_acting()
        """,
        (GoalStatus.ARCHIVED,),
    )
    return Query(statement, _revenue_input)


SOURCES = 3


def _revenue_input(rows: list[Row]) -> RevenueInput:
    [(business, currency, today, months, sources, gaps)] = rows
    of_goals = tuple((title, Decimal(amount)) for title, amount in json.loads(sources))
    return RevenueInput(
        business=business,
        currency=currency,
        today=today,
        by_month=tuple((date.fromisoformat(month), Decimal(amount)) for month, amount in json.loads(months)),
        sources=of_goals[:SOURCES],
        recent_amount=sum((amount for _, amount in of_goals), Decimal(0)),
        open_goals=tuple((Decimal(gap), date.fromisoformat(day) if day else None) for gap, day in json.loads(gaps)),
    )


def titles_of(ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return of goals, quests, lead lists and forecasts the name of their page and their title, by id: one query."""
    asked = [
        model.objects.filter(id__in=ids).annotate(page=Value(page)).values_list("id", "page", "title").order_by()
        for page, model in (("goal", Goal), ("quest", Quest), ("lead_list", LeadList), ("forecast", RevenueForecast))
    ]
    return {id: (page, title) for id, page, title in asked[0].union(*asked[1:], all=True)}
