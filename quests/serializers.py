"""What the API takes and gives for goals, revenue, quests, lead lists and forecasts."""

from decimal import Decimal
from typing import Any, ClassVar

from rest_framework import serializers

from quests.features.projection import Method
from quests.features.revenue_forecast import MONTHS_MAX
from quests.models import GoalStatus, LeadState
from quests.pace import PaceState
from saas.metering.serializers import TokensCharged
from saas.web.api.cursors import DAY_CURSOR, CursorField, PageParameters
from saas.web.api.fields import CountField, DayField, FlagField, IdField, MoneyField, TextField
from saas.web.api.resources import StrictSerializer

STEPS_MAX = 50
"""More than any quest has; what may be sent at once."""


GOAL = "01970000-0000-7000-8000-000000000001"
"""The goal of the examples."""


class GoalBody(StrictSerializer):
    """A goal to set or to change."""

    example: ClassVar = {"title": "Win office catering", "target_amount": "12000.00", "due_on": "2027-06-30"}

    title = TextField(max_length=120)
    description = TextField(max_length=2000, required=False, allow_blank=True)
    target_amount = MoneyField(min_value=Decimal("0.01"))
    current_amount = MoneyField(required=False)
    due_on = DayField(required=False, allow_null=True)


class GoalChanges(GoalBody):
    """Fields of a goal to change."""

    status = serializers.ChoiceField(choices=GoalStatus.choices, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, none of which must be sent."""
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class GoalParameters(PageParameters):
    """Which goals."""

    status = serializers.ChoiceField(choices=GoalStatus.choices, required=False)


class GoalShape(serializers.Serializer[object]):
    """A goal."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    target_amount = serializers.CharField()
    current_amount = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    status = serializers.ChoiceField(choices=GoalStatus.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class PaceShape(serializers.Serializer[object]):
    """How a goal stands today against the straight line to its day; what needs the day is null without one.

    `expected_amount` is where today should be, `behind_amount` what is missing to it, `needed_weekly_amount` what each
    week must bring until the day (the whole rest where less than a week is left), `weekly_amount` what a week brought
    in the last four.
    """

    state = serializers.ChoiceField(choices=[each.value for each in PaceState])
    expected_amount = serializers.CharField(allow_null=True)
    behind_amount = serializers.CharField(allow_null=True)
    needed_weekly_amount = serializers.CharField(allow_null=True)
    weekly_amount = serializers.CharField()
    overdue_days = serializers.IntegerField()


class GoalWithPaceShape(GoalShape):
    """A goal and its pace, null where it is reached or archived."""

    pace = PaceShape(allow_null=True)


class RevenueBody(StrictSerializer):
    """Money received toward a goal; below zero takes it back."""

    example: ClassVar = {"goal": GOAL, "amount": "1500.00", "received_on": "2026-11-30", "note": "Fair"}

    goal = IdField()
    amount = MoneyField()
    received_on = DayField()
    note = TextField(max_length=200, required=False, allow_blank=True)


class RevenueChanges(StrictSerializer):
    """Fields of a revenue entry to correct."""

    amount = MoneyField(required=False)
    received_on = DayField(required=False)
    note = TextField(max_length=200, required=False, allow_blank=True)


class RevenueShape(serializers.Serializer[object]):
    """A revenue entry."""

    id = serializers.UUIDField()
    goal = serializers.UUIDField()
    amount = serializers.CharField()
    received_on = serializers.DateField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class OfGoalParameters(PageParameters):
    """A list, or the part of it that belongs to one goal."""

    goal = IdField(required=False)


class RevenueParameters(OfGoalParameters):
    """Which revenue entries."""

    cursor = CursorField(DAY_CURSOR)


class QuestBody(StrictSerializer):
    """A request for quests."""

    example: ClassVar = {"goal": GOAL, "count": 2}

    goal = IdField()
    count = CountField(min_value=1, max_value=3, default=1)


class StepShape(serializers.Serializer[object]):
    """A step of a quest. `id` is its number in the quest for good; `assignee` is the id of a user, or null."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    amount = serializers.CharField()
    due_on = serializers.DateField()
    done = serializers.BooleanField()
    note = serializers.CharField()
    assignee = serializers.UUIDField(allow_null=True)


class StepChange(StrictSerializer):
    """Whether a step is done; with its `id`, whatever was added or dropped before it."""

    id = CountField(min_value=0, max_value=2**31 - 1, required=False)
    done = FlagField()


class QuestChanges(StrictSerializer):
    """Fields of one step, by its place (from 0), or `done` for all steps in order."""

    example: ClassVar = {"step": 0, "done": True}

    step = CountField(min_value=0, required=False)
    done = FlagField(required=False)
    title = TextField(max_length=200, required=False)
    amount = MoneyField(min_value=Decimal(0), required=False)
    due_on = DayField(required=False)
    note = TextField(max_length=500, required=False, allow_blank=True)
    assignee = IdField(required=False, allow_null=True)
    steps = StepChange(many=True, required=False, max_length=STEPS_MAX)  # type: ignore[call-arg]

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Take one form or the other."""
        of_one = attrs.keys() - {"steps"}
        if ("steps" in attrs) == bool(of_one) or (of_one and ("step" not in of_one or len(of_one) == 1)):
            raise serializers.ValidationError("Send `step` and its fields, like `done`, or `steps`.")
        return attrs


class QuestShape(serializers.Serializer[object]):
    """A quest."""

    id = serializers.UUIDField()
    goal = serializers.UUIDField()
    title = serializers.CharField()
    summary = serializers.CharField()
    steps = StepShape(many=True)
    rating = serializers.IntegerField(allow_null=True, help_text="1 useful, -1 not useful, null where nobody said.")
    archived_at = serializers.DateTimeField(allow_null=True)
    transaction_id = serializers.UUIDField()
    provider = serializers.CharField()
    version = serializers.IntegerField()


class QuestsMade(serializers.Serializer[object]):
    """New quests, and what they cost."""

    quests = QuestShape(many=True)
    tokens = TokensCharged()
    provider = serializers.CharField()


class LeadListBody(StrictSerializer):
    """A request for a lead list."""

    example: ClassVar = {"goal": GOAL, "brief": "Offices within a short walk"}

    goal = IdField()
    brief = TextField(max_length=500, default="", allow_blank=True)


class LeadShape(serializers.Serializer[object]):
    """A kind of customer to look for."""

    name = serializers.CharField()
    segment = serializers.CharField()
    why = serializers.CharField()
    channel = serializers.CharField()
    first_message = serializers.CharField()
    estimated_value = serializers.CharField()
    state = serializers.ChoiceField(choices=LeadState.choices)
    won_amount = serializers.CharField(allow_null=True)
    revenue_entry = serializers.UUIDField(allow_null=True)


class LeadChanges(StrictSerializer):
    """How far a lead is, by its place (from 0); `amount` is what was won, `received_on` when."""

    example: ClassVar = {"lead": 0, "state": "contacted"}

    lead = CountField(min_value=0)
    state = serializers.ChoiceField(choices=LeadState.choices)
    amount = MoneyField(min_value=Decimal("0.01"), required=False)
    received_on = DayField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require what was won of a won lead, and of no other."""
        won = {"amount", "received_on"} & attrs.keys()
        if len(won) != (2 if attrs["state"] == LeadState.WON else 0):
            raise serializers.ValidationError("Send `amount` and `received_on` of a won lead, and of no other.")
        return {**attrs, "state": LeadState(attrs["state"])}


class LeadListShape(serializers.Serializer[object]):
    """A lead list."""

    id = serializers.UUIDField()
    goal = serializers.UUIDField()
    title = serializers.CharField()
    summary = serializers.CharField()
    brief = serializers.CharField()
    leads = LeadShape(many=True)
    transaction_id = serializers.UUIDField()
    provider = serializers.CharField()


class LeadListMade(serializers.Serializer[object]):
    """A new lead list, and what it cost."""

    lead_list = LeadListShape()
    tokens = TokensCharged()
    provider = serializers.CharField()


class ForecastBody(StrictSerializer):
    """A request for a revenue forecast: how many whole months, after the running one."""

    example: ClassVar = {"months": 6}

    months = CountField(min_value=1, max_value=MONTHS_MAX)
    if_changed = FlagField(default=False, help_text="Refuse with 409 where an earlier forecast was made from the same.")


class BandShape(serializers.Serializer[object]):
    """Nine in ten are above p10, half above p50, one in ten above p90."""

    p10 = serializers.CharField()
    p50 = serializers.CharField()
    p90 = serializers.CharField()


class ForecastMonthShape(BandShape):
    """A month to come, like 2027-01."""

    month = serializers.CharField()


class HistoryMonthShape(serializers.Serializer[object]):
    """A month that was, like 2026-11."""

    month = serializers.CharField()
    amount = serializers.CharField()


class ForecastShape(serializers.Serializer[object]):
    """A revenue forecast."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    summary = serializers.CharField()
    driver = serializers.CharField()
    method = serializers.ChoiceField(choices=[each.value for each in Method])
    currency = serializers.CharField()
    months = ForecastMonthShape(many=True)
    total = BandShape()
    history = HistoryMonthShape(many=True)
    history_months = serializers.IntegerField()
    transaction_id = serializers.UUIDField()
    provider = serializers.CharField()


class ForecastMade(serializers.Serializer[object]):
    """A new revenue forecast, and what it cost."""

    forecast = ForecastShape()
    tokens = TokensCharged()
    provider = serializers.CharField()
