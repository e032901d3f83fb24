"""The fourteen months that the demo's organization has behind it, made by the product's own actions.

Note [A clock set back]
    The organization of the demo begins with its clock `DAYS` back, which `accounts/sql/clocks.sql` allows under
    sandbox payments only. A job then does what its people did, one step after another, each at its own time, and in
    the end sets the clock right. So its ledger, bills and usage are no inserted rows: they verify like anybody's. Only
    the audit log says when things were really written.
    Where the job is killed the next one goes on: steps before the clock are done, and every step can be repeated.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, QuerySet
from django.utils.module_loading import import_string

from marketplace.gifts import endings, offers
from marketplace.models import StripeSubscription
from marketplace.models.gifts import Gift, GiftStatus
from marketplace.stripe.reconciliation import reconcile_organization
from marketplace.subscriptions import changes
from plans.actions import end_override, set_override
from plans.models import OverrideKind
from quests.actions import create_goal, mark_step, record_revenue
from quests.generation import generate_lead_list, generate_quests, generate_revenue_forecast
from quests.models import Goal, Quest, RevenueEntry
from saas.accounts.callers import Caller
from saas.accounts.models import Department, KeyMode, Membership, Organization, User
from saas.kernel import tenancy
from saas.kernel.actor import Actor, acting_as
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError
from saas.team.actions import (
    approve_request,
    ask_for_tokens,
    change_member,
    create_department,
    set_quota,
    token_requests,
)
from saas.team.models import RequestStatus
from saas.web.idempotency import claim
from tokens.kinds import QuotaScope

logger = logging.getLogger(__name__)

DAYS = 426
PLAN = "enterprise"
SUBSCRIBED_DAYS_AGO = 57
"""Less than two months: the subscription has two bills, and the next one is days away."""

MEMBER_QUOTA = 12
"""Less than the member asks for in a month, so that there is a refused call, and then a request for more."""

REASON = "the history of the demo is made"
BATTERY = {"minimum_gap_seconds": 0, "requests_per_minute": 600}
"""Limits of the abuse battery while months pass in seconds; Redis counts by its own clock."""

TURN_SECONDS = 60
"""How long another worker waits for one that was killed; a step takes less than a second."""


@dataclass(frozen=True)
class Target:
    """A goal of the bakery, and the money that came in toward it: `amounts` in turn, every `every_days`."""

    title: str
    description: str
    target_amount: int
    set_days_ago: int
    due_days_ahead: int
    every_days: int
    amounts: tuple[int, ...]
    stopped_days_ago: int = 0


TARGETS = {
    "oven": Target(
        "Save a 4,000 reserve for the new oven",
        "The old one takes 40 minutes to heat up. We put aside what the market stall brings.",
        4_000,
        425,
        -40,
        28,
        (260, 310, 285, 330, 240, 295, 350),
        stopped_days_ago=46,
    ),
    "wedding": Target(
        "Bake 30 wedding cakes this season",
        "A cake is 300 on average; couples find us by the florist next door.",
        9_000,
        400,
        -190,
        9,
        (340, 430, 310, 390, 520, 330, 480),
        stopped_days_ago=196,
    ),
    "catering": Target(
        "Win 12,000 in office catering",
        "Breakfast platters and lunch boxes for offices within three kilometres. A platter is 48, a lunch box 12.",
        12_000,
        150,
        96,
        5,
        (240, 192, 288, 336, 144, 240, 384),
    ),
    "loan": Target(
        "Pay back the 5,000 equipment loan",
        "The mixer and the second fridge. Margin is 35 percent.",
        5_000,
        120,
        30,
        11,
        (180, 150, 210, 160),
    ),
    "stollen": Target(
        "Sell 250 stollen by post",
        "26 each, 40 a week in November and December.",
        6_500,
        44,
        24,
        3,
        (182, 234, 156, 260, 312),
    ),
}


@dataclass(frozen=True)
class Bakery:
    """The ids of the organization, its owner, its member, and the member of Milepost's staff."""

    organization_id: UUID
    owner_id: UUID
    member_id: UUID
    staff_id: UUID


def caller(user_id: UUID) -> Caller:
    """Return a member as the caller; as with a test key, no provider is asked that costs money."""
    seat = Membership.objects.get(user_id=user_id)
    return Caller(tenancy.current_organization_id(), user_id, seat.role, seat.department_id, mode=KeyMode.TEST)


@dataclass(frozen=True)
class Step:
    """Something that a person did `days_ago` days ago, at `hour` o'clock in the organization's zone.

    `do` gets the bakery and that day.
    """

    days_ago: int
    hour: int
    do: Callable[[Bakery, date], object]


def fill_without_clock(bakery: Bakery) -> None:
    """Do only what has a date of its own: where money is not played, no clock may be moved."""
    today = database_now().date()
    with tenancy.organization(bakery.organization_id):
        for step in _goals_and_money():
            _take(step, bakery, today - timedelta(days=step.days_ago))


def fill(bakery: Bakery) -> int:
    """Do what is not done yet, then set the clock right; return how many steps were done now.

    One worker at a time: beside another one it does nothing. A step that is refused is left out.
    """
    turn = f"demo:{bakery.organization_id}"
    if not cache.add(turn, True, timeout=TURN_SECONDS):
        return 0
    try:
        with tenancy.organization(bakery.organization_id):
            steps = _remaining()
            for at, step in steps:
                cache.touch(turn, TURN_SECONDS)
                _pass_time(until=at)
                _take(step, bakery, at.date())
            _set_clock_right()
        return len(steps)
    finally:
        cache.delete(turn)


def _here() -> QuerySet[Organization]:
    return Organization.objects.filter(id=tenancy.current_organization_id())


def _remaining() -> list[tuple[datetime, Step]]:
    """Return the steps with their instants, the earliest first, from the last one that the clock has passed."""
    organization, now = _here().get(), database_now()
    zone = ZoneInfo(organization.timezone)
    today = (now - organization.clock_offset).astimezone(zone).date()
    timed = [
        (datetime.combine(today - timedelta(days=step.days_ago), time(step.hour), zone), step) for step in _steps()
    ]
    begun = max((at for at, _ in timed if at <= now), default=now)
    return sorted(((at, step) for at, step in timed if at >= begun), key=lambda pair: pair[0])


def _pass_time(*, until: datetime) -> None:
    """Move the organization's clock ahead, and let happen at Stripe what is due by then."""
    by = until - database_now()
    if by > timedelta(0):
        _here().update(clock_offset=F("clock_offset") + by)
    if import_string(settings.FAKE_STRIPE_CLOCK)(tenancy.current_organization_id()):
        reconcile_organization()


def _take(step: Step, bakery: Bakery, day: date) -> None:
    """Do what happened on a day: the owner did it, where the step names nobody else."""
    try:
        with acting_as(Actor("user", bakery.owner_id)):
            step.do(bakery, day)
    except DomainError as refusal:
        logger.info("the demo goes on without a step: %s", refusal)


def _set_clock_right() -> None:
    for key in BATTERY:
        end_override(kind=OverrideKind.LIMIT, key=key, reason=REASON)
    _here().update(clock_offset=timedelta(0))


def _steps() -> Iterator[Step]:
    """Yield everything that happened, in no order."""
    yield from _goals_and_money()
    yield Step(SUBSCRIBED_DAYS_AGO, 9, _subscribe)
    yield Step(SUBSCRIBED_DAYS_AGO, 11, _form_departments)
    for number, (days_ago, hour, operation, key, by_member) in enumerate(_operations()):
        yield Step(days_ago, hour, partial(_use_ai, number, operation, TARGETS[key], by_member))
    yield Step(16, 9, _give)
    yield Step(16, 12, _accept_gift)
    yield Step(9, 14, _ask_for_tokens)
    yield Step(8, 9, _grant_request)
    yield Step(1, 17, _tick_steps_off)


def _goals_and_money() -> Iterator[Step]:
    for target in TARGETS.values():
        yield Step(target.set_days_ago, 8, partial(_set_goal, target))
        days = range(target.set_days_ago - 3, target.stopped_days_ago, -target.every_days)
        for number, days_ago in enumerate(days):
            amount = target.amounts[number % len(target.amounts)]
            yield Step(days_ago, 18, partial(_receive, target, amount))


def _operations() -> Iterator[tuple[int, int, str, str, bool]]:
    """Yield the AI operations: days ago, hour, operation, goal, and whether the member asked for it."""
    goals = ("catering", "loan", "stollen", "catering")
    for days_ago in range(SUBSCRIBED_DAYS_AGO - 1, 0, -1):
        goal = goals[days_ago % len(goals)] if days_ago < TARGETS["stollen"].set_days_ago else "catering"
        if days_ago % 7 in (0, 2, 5):
            yield days_ago, 10, "quest", goal, days_ago % 2 == 0
        if days_ago % 7 == 4:
            yield days_ago, 15, "lead_list", goal, days_ago % 4 == 0
        if days_ago % 28 == 1:
            yield days_ago, 8, "revenue_forecast", goal, False


def _set_goal(target: Target, bakery: Bakery, day: date) -> None:
    if Goal.objects.filter(title=target.title).exists():
        return
    create_goal(
        title=target.title,
        description=target.description,
        target_amount=Decimal(target.target_amount),
        due_on=day + timedelta(days=target.set_days_ago + target.due_days_ahead),
        by=bakery.owner_id,
    )


def _receive(target: Target, amount: int, bakery: Bakery, day: date) -> None:
    goal = Goal.objects.get(title=target.title)
    if not RevenueEntry.objects.filter(goal_id=goal.id, received_on=day).exists():
        record_revenue(goal_id=goal.id, amount=Decimal(amount), received_on=day, by=bakery.owner_id)


def _subscribe(bakery: Bakery, day: date) -> None:
    if StripeSubscription.objects.exists():
        return
    for key, value in BATTERY.items():
        set_override(kind=OverrideKind.LIMIT, key=key, value=value, reason=REASON, ends_at=None, by=None)
    session_id = changes.subscribe(caller=caller(bakery.owner_id), plan_key=PLAN).url.rpartition("/")[2]
    import_string(settings.FAKE_STRIPE_PAY)(bakery.organization_id, session_id)
    reconcile_organization()


def _form_departments(bakery: Bakery, day: date) -> None:
    if Department.objects.exists():
        return
    kitchen, shop = create_department(name="Kitchen"), create_department(name="Shop")
    seat = Membership.objects.get(user_id=bakery.member_id)
    change_member(membership_id=seat.id, by=bakery.owner_id, department_id=kitchen.id, tokens=MEMBER_QUOTA)
    set_quota(scope=QuotaScope.DEPARTMENT, subject_id=kitchen.id, tokens=60)
    set_quota(scope=QuotaScope.DEPARTMENT, subject_id=shop.id, tokens=30)


def _use_ai(number: int, operation: str, target: Target, by_member: bool, bakery: Bakery, day: date) -> None:
    person = caller(bakery.member_id if by_member else bakery.owner_id)
    intent = claim(key=f"demo-{number}", request="the demo's history", body=operation)
    goal_id = Goal.objects.get(title=target.title).id
    with acting_as(Actor("user", person.user_id)):
        if operation == "quest":
            generate_quests(caller=person, goal_id=goal_id, count=1, claim=intent)
        elif operation == "lead_list":
            generate_lead_list(caller=person, goal_id=goal_id, brief="", claim=intent)
        else:
            generate_revenue_forecast(caller=person, months=6, claim=intent)


def _give(bakery: Bakery, day: date) -> None:
    with acting_as(Actor("staff", bakery.staff_id)):
        offers.offer_tokens(
            tokens=50,
            note="Thank you for trying department quotas first.",
            reason="helped to test quotas",
            by=bakery.staff_id,
            request_key="demo:gift",
        )


def _accept_gift(bakery: Bakery, day: date) -> None:
    for gift in Gift.objects.filter(status=GiftStatus.OFFERED):
        endings.accept(caller=caller(bakery.owner_id), gift_id=gift.id)


def _ask_for_tokens(bakery: Bakery, day: date) -> None:
    if not token_requests().exists():
        with acting_as(Actor("user", bakery.member_id)):
            ask_for_tokens(caller=caller(bakery.member_id), tokens=12, note="For the stollen plan.")


def _grant_request(bakery: Bakery, day: date) -> None:
    owner = User.objects.get(id=bakery.owner_id)
    for request in token_requests().filter(status=RequestStatus.OPEN):
        approve_request(request_id=request.id, by=owner, for_good=False, note="Good idea.")


def _tick_steps_off(bakery: Bakery, day: date) -> None:
    """Tick off most steps whose day has passed: every third is late."""
    for quest in Quest.objects.all():
        for number, step in enumerate(quest.steps):
            if step["due_on"] < day.isoformat() and number % 3 != 2 and not step["done"]:
                mark_step(quest_id=quest.id, step=number, done=True)
