"""REST resources of goals, revenue, quests, lead lists and forecasts."""

from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from quests import actions, generation, models, presentation, queries
from quests import serializers as s
from quests.leads import actions as lead_actions
from quests.steps import actions as step_actions
from saas.metering.refusals import counting_bad_input
from saas.web.api.cursors import PageParameters, day_and_id, page
from saas.web.api.documentation import documented, page_of
from saas.web.api.resources import Resource, StrictSerializer, respond
from saas.web.idempotency import Answer, Claim

Row = TypeVar("Row", bound=Model)


def _of_goal(rows: QuerySet[Row], parameters: dict[str, Any]) -> QuerySet[Row]:
    """Return the rows; only those of one goal if the parameters name one."""
    return rows.filter(goal_id=parameters["goal"]) if parameters.get("goal") else rows


def _shown(goal: models.Goal) -> dict[str, Any]:
    """Return a goal as the API shows it."""
    [row] = queries.with_pace([goal])
    return presentation.goal_with_pace(row)


class GoalsResource(Resource):
    """Financial goals."""

    scopes: ClassVar = {"GET": "read", "POST": "goals:write"}

    @documented("List goals", gives=page_of(s.GoalWithPaceShape), parameters=s.GoalParameters)
    def get(self, request: Request) -> Response:
        """List goals, newest first."""
        parameters = self.parameters(s.GoalParameters)
        goals = queries.all_goals()
        if status := parameters.get("status"):
            goals = queries.in_state(goals, status)
        found = page(goals, parameters, present=lambda goal: goal)
        rows = queries.with_pace(found["data"])
        return Response({**found, "data": [presentation.goal_with_pace(row) for row in rows]})

    @documented("Set a goal", takes=s.GoalBody, gives=s.GoalWithPaceShape, status=201)
    def post(self, request: Request) -> Response:
        """Set a goal."""
        body = self.body(s.GoalBody)
        return self.once(
            lambda: Answer(201, _shown(actions.create_goal(by=self.caller.user_id, **body))),
        )


class GoalResource(Resource):
    """One goal."""

    scopes: ClassVar = {"GET": "read", "PATCH": "goals:write", "DELETE": "goals:write"}

    @documented("Get a goal", gives=s.GoalWithPaceShape, refusals=(404,))
    def get(self, request: Request, goal_id: UUID) -> Response:
        """Return a goal."""
        self.parameters()
        return Response(_shown(actions.find_goal(goal_id)))

    @documented("Change a goal", takes=s.GoalChanges, gives=s.GoalWithPaceShape, refusals=(404,))
    def patch(self, request: Request, goal_id: UUID) -> Response:
        """Change fields of a goal. Its status is archived or not; `active` or `reached` follows from the amounts."""
        goal = actions.update_goal(goal_id=goal_id, changes=self.body(s.GoalChanges, partial=True))
        return Response(_shown(goal))

    @documented("Archive a goal", gives=s.GoalWithPaceShape, refusals=(404,))
    def delete(self, request: Request, goal_id: UUID) -> Response:
        """Archive a goal; its quests stay."""
        self.parameters()
        return Response(_shown(actions.archive_goal(goal_id=goal_id)))


class RevenueEntriesResource(Resource):
    """Money received toward goals."""

    scopes: ClassVar = {"GET": "read", "POST": "goals:write"}

    @documented("List revenue entries", gives=page_of(s.RevenueShape), parameters=s.RevenueParameters)
    def get(self, request: Request) -> Response:
        """List revenue entries by the day the money came, the latest first."""
        parameters = self.parameters(s.RevenueParameters)
        entries = _of_goal(queries.revenue_entries(), parameters)
        found = page(
            entries, parameters, present=presentation.revenue_entry, key=queries.REVENUE_ORDER, parse=day_and_id
        )
        return Response(found)

    @documented("Record revenue", takes=s.RevenueBody, gives=s.RevenueShape, status=201, refusals=(404,))
    def post(self, request: Request) -> Response:
        """Record money received; the goal's progress moves with it."""
        body = self.body(s.RevenueBody)
        goal_id = body.pop("goal")

        def record() -> Answer:
            entry = actions.record_revenue(goal_id=goal_id, by=self.caller.user_id, **body)
            return Answer(201, presentation.revenue_entry(entry))

        return self.once(record)


class RevenueEntryResource(Resource):
    """One revenue entry."""

    scopes: ClassVar = {"GET": "read", "PATCH": "goals:write", "DELETE": "goals:write"}

    @documented("Get a revenue entry", gives=s.RevenueShape, refusals=(404,))
    def get(self, request: Request, entry_id: UUID) -> Response:
        """Return a revenue entry."""
        self.parameters()
        return Response(presentation.revenue_entry(actions.find_revenue(entry_id)))

    @documented("Correct a revenue entry", takes=s.RevenueChanges, gives=s.RevenueShape, refusals=(404,))
    def patch(self, request: Request, entry_id: UUID) -> Response:
        """Correct a revenue entry; the goal moves with it."""
        changes = self.body(s.RevenueChanges, partial=True)
        return Response(presentation.revenue_entry(actions.update_revenue(entry_id=entry_id, changes=changes)))

    @documented("Remove a revenue entry", gives=None, status=204, refusals=(404,))
    def delete(self, request: Request, entry_id: UUID) -> Response:
        """Remove a revenue entry; the goal moves back."""
        self.parameters()
        actions.remove_revenue(entry_id=entry_id)
        return Response(status=204)


class GeneratedContentsResource(Resource):
    """What AI makes: listed, and generated by the metering pipeline."""

    scopes: ClassVar = {"GET": "read", "POST": "ai"}

    def claim_and_body(self, serializer: type[StrictSerializer]) -> tuple[Claim, dict[str, Any]]:
        """Return the request's idempotency claim and its body; bad input counts as a failed attempt."""
        claim = self.claim()
        with counting_bad_input(self.caller):
            return claim, self.body(serializer)


class QuestsResource(GeneratedContentsResource):
    """Quests: concrete steps toward a goal."""

    @documented("List quests", gives=page_of(s.QuestShape), parameters=s.OfGoalParameters)
    def get(self, request: Request) -> Response:
        """List quests, newest first."""
        parameters = self.parameters(s.OfGoalParameters)
        return Response(page(_of_goal(queries.quests(), parameters), parameters, present=presentation.quest))

    @documented(
        "Generate quests",
        takes=s.QuestBody,
        gives=s.QuestsMade,
        status=201,
        idempotent=True,
        refusals=(402, 404, 409, 423, 502, 503, 504),
    )
    def post(self, request: Request) -> Response:
        """Turn a goal into 1 to 3 quests; 3 tokens each, charged for what is delivered."""
        claim, body = self.claim_and_body(s.QuestBody)
        answer = generation.generate_quests(caller=self.caller, goal_id=body["goal"], count=body["count"], claim=claim)
        return respond(answer)


class QuestResource(Resource):
    """One quest."""

    scopes: ClassVar = {"GET": "read", "PATCH": "goals:write"}

    @documented("Get a quest", gives=s.QuestShape, refusals=(404,))
    def get(self, request: Request, quest_id: UUID) -> Response:
        """Return a quest."""
        self.parameters()
        return Response(presentation.quest(actions.find_quest(quest_id)))

    @documented("Tick steps off, or edit one", takes=s.QuestChanges, gives=s.QuestShape, refusals=(404, 409))
    def patch(self, request: Request, quest_id: UUID) -> Response:
        """Change fields of one step, or say of all steps which are done."""
        quest = step_actions.update_quest(quest_id=quest_id, changes=self.body(s.QuestChanges))
        return Response(presentation.quest(quest))


class LeadListsResource(GeneratedContentsResource):
    """Lead lists: whom to approach for a goal."""

    @documented("List lead lists", gives=page_of(s.LeadListShape), parameters=s.OfGoalParameters)
    def get(self, request: Request) -> Response:
        """List lead lists, newest first."""
        parameters = self.parameters(s.OfGoalParameters)
        lists = _of_goal(queries.lead_lists(), parameters)
        return Response(page(lists, parameters, present=presentation.lead_list))

    @documented(
        "Generate a lead list",
        takes=s.LeadListBody,
        gives=s.LeadListMade,
        status=201,
        idempotent=True,
        refusals=(402, 404, 409, 423, 502, 503, 504),
    )
    def post(self, request: Request) -> Response:
        """Turn a goal and a brief into a list of leads; 5 tokens."""
        claim, body = self.claim_and_body(s.LeadListBody)
        answer = generation.generate_lead_list(
            caller=self.caller, goal_id=body["goal"], brief=body["brief"], claim=claim
        )
        return respond(answer)


class LeadListResource(Resource):
    """One lead list."""

    scopes: ClassVar = {"GET": "read", "PATCH": "goals:write"}

    @documented("Get a lead list", gives=s.LeadListShape, refusals=(404,))
    def get(self, request: Request, lead_list_id: UUID) -> Response:
        """Return a lead list."""
        self.parameters()
        return Response(presentation.lead_list(queries.find_lead_list(lead_list_id)))

    @documented("Say how far a lead is", takes=s.LeadChanges, gives=s.LeadListShape, refusals=(404, 409))
    def patch(self, request: Request, lead_list_id: UUID) -> Response:
        """Say how far a lead is; what was won is recorded as revenue of the goal."""
        changes = self.body(s.LeadChanges)
        lead_list = lead_actions.update_lead(lead_list_id=lead_list_id, by=self.caller.user_id, **changes)
        return Response(presentation.lead_list(lead_list))


class RevenueForecastsResource(GeneratedContentsResource):
    """Revenue forecasts: what the months to come may bring."""

    @documented("List revenue forecasts", gives=page_of(s.ForecastShape), parameters=PageParameters)
    def get(self, request: Request) -> Response:
        """List revenue forecasts, newest first."""
        return Response(page(queries.forecasts(), self.parameters(PageParameters), present=presentation.forecast))

    @documented(
        "Forecast revenue",
        takes=s.ForecastBody,
        gives=s.ForecastMade,
        status=201,
        idempotent=True,
        refusals=(402, 409, 423, 502, 503, 504),
    )
    def post(self, request: Request) -> Response:
        """Forecast the revenue of the next 1 to 24 months from the months that were; 4 tokens.

        Without any revenue it is 422 and costs nothing. With `if_changed` it is 409 and costs nothing where an earlier
        forecast over as many months was made from the same revenue and goals: `forecast` is its id.
        """
        claim, body = self.claim_and_body(s.ForecastBody)
        return respond(generation.generate_revenue_forecast(caller=self.caller, claim=claim, **body))


class RevenueForecastResource(Resource):
    """One revenue forecast."""

    scopes: ClassVar = {"GET": "read"}

    @documented("Get a revenue forecast", gives=s.ForecastShape, refusals=(404,))
    def get(self, request: Request, forecast_id: UUID) -> Response:
        """Return a revenue forecast."""
        self.parameters()
        return Response(presentation.forecast(queries.find_forecast(forecast_id)))
