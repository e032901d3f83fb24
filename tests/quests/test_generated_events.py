"""What the AI operations make is told in the stream, and so to webhooks, in the commit that charges it."""

from decimal import Decimal
from typing import Any

from audit import queries as audit
from plans.actions import set_override
from plans.models import OverrideKind
from quests.actions import record_revenue
from saas.kernel.clock import database_now
from tests.conftest import Person


def test_everything_made_is_told_once_with_what_paid_for_it(alice: Person, goal: Any) -> None:
    with alice.acting():
        set_override(
            kind=OverrideKind.LIMIT, key="minimum_gap_seconds", value=0, reason="a test", ends_at=None, by=None
        )
        record_revenue(goal_id=goal.id, amount=Decimal(10), received_on=database_now().date(), by=alice.user.pk)
    about, key = {"goal": str(goal.id)}, "the same"
    quests, again = (alice.post("/quests", {**about, "count": 2}, key=key).json() for _ in range(2))
    assert again == quests
    leads, forecast = alice.post("/lead-lists", about).json(), alice.post("/revenue-forecasts", {"months": 1}).json()

    def paid(made: Any) -> dict[str, str]:
        return {"transaction": made["tokens"]["transaction_id"]}

    with alice.acting():
        nouns = ("quest", "lead_list", "forecast")
        recorded = {noun: [event.data for event in audit.found(kind=f"{noun}.created")] for noun in nouns}
    made = [{"quest": each["id"], **about, **paid(quests)} for each in quests["quests"]]
    assert sorted(recorded["quest"], key=_id) == sorted(made, key=_id) and len(made) == 2
    assert recorded["lead_list"] == [{"lead_list": leads["lead_list"]["id"], **about, **paid(leads)}]
    assert recorded["forecast"] == [{"forecast": forecast["forecast"]["id"], **paid(forecast)}]


def _id(data: dict[str, str]) -> str:
    return data["quest"]
