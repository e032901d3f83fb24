"""The AI operations of this app, as the metering pipeline runs them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, Value
from django.urls import reverse

from audit.events import AuditEvent
from quests import presentation
from quests.events import ForecastCreated, LeadListCreated, QuestCreated
from quests.features.inputs import ForecastRequest, GoalInput, LeadListRequest, QuestRequest, RevenueInput
from quests.features.revenue_forecast import require_history
from quests.features.table import FEATURES
from quests.models import GeneratedContent, LeadList, Quest, RevenueForecast
from quests.providers import calls
from quests.providers.prompt import Content
from quests.providers.reply import ProviderConfig
from quests.providers.table import BUILTIN
from quests.queries import forecast_with_fingerprint, goal_query, revenue_query
from saas.accounts.callers import Caller
from saas.kernel.errors import Conflict
from saas.kernel.transactions import Query
from saas.metering import pipeline
from saas.metering.operations import OPERATIONS
from saas.metering.pipeline import OperationRequest, OperationResult
from saas.web.idempotency import Answer, Claim

Material = TypeVar("Material")


@dataclass(frozen=True)
class OutputType:
    """The type of a feature's content: its model, its name in the answer, and its noun in events.

    `rows` gives the fields of each row that are the content's; `several` says that the answer has a list;
    `page` is the name of the address that shows one.
    """

    model: type[GeneratedContent]
    name: str
    page: str
    rows: Callable[[Content], list[dict[str, Any]]]
    present: Callable[[Any], dict[str, Any]]
    several: bool = False

    def address(self, id: UUID | str) -> str:
        """Return where one is shown."""
        return reverse(self.page, args=[id])


def _quest_rows(content: Content) -> list[dict[str, Any]]:
    return [{**quest, "steps": [{**step, "done": False} for step in quest["steps"]]} for quest in content["quests"]]


def _created(row: GeneratedContent) -> AuditEvent:
    """Return the event that records a row."""
    match row:
        case Quest():
            return QuestCreated(quest=row.id, goal=row.goal_id, transaction=row.transaction_id)
        case LeadList():
            return LeadListCreated(lead_list=row.id, goal=row.goal_id, transaction=row.transaction_id)
    return ForecastCreated(forecast=row.id, transaction=row.transaction_id)


def _as_one_row(content: Content) -> list[dict[str, Any]]:
    return [content]


OUTPUT_TYPES = {
    "quest": OutputType(Quest, "quests", "quest", _quest_rows, presentation.quest, several=True),
    "lead_list": OutputType(LeadList, "lead_list", "lead_list", _as_one_row, presentation.lead_list),
    "revenue_forecast": OutputType(RevenueForecast, "forecast", "forecast", _as_one_row, presentation.forecast),
}
"""Of each operation, what it makes."""


def content_of_hold(operation: str, transaction_id: UUID) -> list[dict[str, Any]]:
    """Return what an operation made in one transaction: title and address; nothing for an integrator's own."""
    output = OUTPUT_TYPES.get(operation)
    if output is None:
        return []
    rows = output.model.objects.filter(transaction_id=transaction_id)
    return [{"title": row.title, "href": output.address(row.id)} for row in rows]


@dataclass(frozen=True)
class MadeContent:
    """What an operation made: its title, the title of the goal that it is about or its own, and its address."""

    title: str
    about: str
    href: str


def made_in(transaction_ids: Sequence[UUID]) -> dict[UUID, list[MadeContent]]:
    """Return what operations made, by transaction: one query for all of them."""
    asked = [
        output.model.objects.filter(transaction_id__in=transaction_ids)
        .annotate(operation=Value(operation), about=F("goal__title" if hasattr(output.model, "goal") else "title"))
        .values_list("operation", "transaction_id", "id", "title", "about")
        .order_by()
        for operation, output in OUTPUT_TYPES.items()
    ]
    made: defaultdict[UUID, list[MadeContent]] = defaultdict(list)
    for operation, transaction_id, id, title, about in asked[0].union(*asked[1:], all=True).order_by("id"):
        made[transaction_id].append(MadeContent(title, about, OUTPUT_TYPES[operation].address(id)))
    return made


@dataclass(frozen=True)
class Generation:
    """One request to one feature; `about` are the fields that every row of it has, whatever the content."""

    operation: str
    request: Any
    caller: Caller
    about: dict[str, Any]

    @cached_property
    def _candidates(self) -> tuple[ProviderConfig, ...] | None:
        """Return the built-in planner for test keys: their tokens are free, and buy nothing that costs us."""
        return (BUILTIN,) if self.caller.is_test else None

    def check_ready(self) -> None:
        """Raise AiUnavailable while no provider can be asked."""
        calls.check_ready(self._candidates)

    def perform(self, transaction_id: UUID) -> OperationResult:
        """Ask the providers; raise AiError."""
        feature, output = FEATURES[self.operation], OUTPUT_TYPES[self.operation]
        completion = calls.complete(feature.prompt(self.request), self._candidates)
        common = {
            "organization_id": self.caller.organization_id,
            "created_by_id": self.caller.user_id,
            "transaction_id": transaction_id,
            "provider": completion.provider,
            **self.about,
        }
        rows = [output.model(**common, **fields) for fields in output.rows(completion.content)]
        presented = [output.present(row) for row in rows]
        body = {output.name: presented if output.several else presented[0], "provider": completion.provider}
        events = [_created(row) for row in rows]
        return OperationResult(feature.delivered(completion.content), rows, body, completion.attempts, events)


def generate_quests(*, caller: Caller, goal_id: UUID, count: int, claim: Claim) -> Answer:
    """Turn a goal into 1 to 3 quests. Raises NotFound for the goal, and whatever the pipeline refuses."""

    def work_on(read: tuple[GoalInput, tuple[str, ...]]) -> Generation:
        goal, previous_titles = read
        return Generation("quest", QuestRequest(goal, count, previous_titles), caller, {"goal_id": goal_id})

    return _run("quest", caller, claim, goal_query(goal_id), work_on, units=count)


def generate_lead_list(*, caller: Caller, goal_id: UUID, brief: str, claim: Claim) -> Answer:
    """Turn a goal and a brief into a list of leads. Raises like `generate_quests`."""

    def work_on(read: tuple[GoalInput, tuple[str, ...]]) -> Generation:
        about = {"goal_id": goal_id, "brief": brief}
        return Generation("lead_list", LeadListRequest(read[0], brief), caller, about)

    return _run("lead_list", caller, claim, goal_query(goal_id), work_on)


class NothingChanged(Conflict):
    """The newest forecast over these months was made from the same records, so another one would say the same."""

    title = "Nothing changed since the last forecast"


@dataclass(frozen=True)
class ForecastGeneration(Generation):
    """A request for a forecast; with `if_changed` only where it would differ from those that there are."""

    if_changed: bool = False

    def check_ready(self) -> None:
        """Raise Invalid without revenue, NothingChanged, or AiUnavailable."""
        require_history(self.request)
        same = forecast_with_fingerprint(self.request.fingerprint) if self.if_changed else None
        if same is not None:
            raise NothingChanged(
                "Your revenue and goals are the same as then, so another forecast over these months would say the same."
                " Nothing was charged.",
                forecast=str(same.id),
                forecast_created_at=same.created_at,
            )
        super().check_ready()


def generate_revenue_forecast(*, caller: Caller, months: int, claim: Claim, if_changed: bool = False) -> Answer:
    """Forecast the revenue of the next 1 to 24 months. Raises Invalid without revenue, and what the pipeline refuses.

    With `if_changed` a forecast that would say the same as an earlier one raises NothingChanged.
    """

    def work_on(revenue: RevenueInput) -> Generation:
        request = ForecastRequest(revenue, months)
        about = {"made_from": request.fingerprint}
        return ForecastGeneration("revenue_forecast", request, caller, about, if_changed)

    return _run("revenue_forecast", caller, claim, revenue_query(), work_on)


def _run(
    operation: str,
    caller: Caller,
    claim: Claim,
    material: Query[Material],
    work_on: Callable[[Material], Generation],
    units: int = 1,
) -> Answer:
    request = OperationRequest(OPERATIONS[operation], units, caller, claim)
    return pipeline.run(request=request, material=material, work_on=work_on)
