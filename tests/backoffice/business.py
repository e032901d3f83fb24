"""A business in miniature: money that was paid, and work whose cost is known."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from marketplace.models import OrderStatus, PackOrder, Payment, StripeSubscription
from plans.actions import allowance_key, set_override
from plans.models import OverrideKind, Subscription
from plans.periods import period_at
from plans.queries import current_book
from saas.accounts.queries import sandbox_of
from saas.kernel.clock import database_now
from saas.kernel.transactions import Query, Statement
from saas.metering import pipeline
from saas.metering.ai import AiError, AiFailed, AttemptResult, ProviderAttempt
from saas.metering.operations import OPERATIONS
from saas.metering.pipeline import OperationRequest, OperationResult
from saas.web.idempotency import claim
from tests.conftest import Person, make_goal
from tokens import actions as ledger_actions
from tokens.kinds import Source
from tokens.queries import position


def pays_plan(
    person: Person, *, cents: int, plan: str = "pro", reversed_cents: int = 0, at: datetime | None = None
) -> Payment:
    """Have a plan's present period paid."""
    with person.acting():
        subscription, now = Subscription.objects.get(ended_at=None), database_now()
        return Payment.objects.create(
            payment_intent_id=f"pi_{uuid4().hex}",
            plan_key=plan,
            business_key=allowance_key(subscription.id, period_at(subscription.anchor_at, now)),
            tokens=0,
            paid_cents=cents,
            reversed_cents=reversed_cents,
            currency="usd",
            paid_at=at or now,
        )


def subscribes(person: Person, plan: str = "pro", *, days_ago: int = 0, **values: Any) -> StripeSubscription:
    """Have the person's plan be a paid one since."""
    with person.acting():
        now, begun = database_now(), Subscription.objects.get(ended_at=None)
        return StripeSubscription.objects.create(
            subscription_id=f"sub_{uuid4().hex}",
            plan_subscription_id=begun.id,
            plan_key=plan,
            status="active",
            anchor_at=now - timedelta(days=days_ago),
            period_starts_at=now,
            period_ends_at=now + timedelta(days=30),
            **values,
        )


def buys(person: Person, pack_key: str = "pack_500") -> PackOrder:
    """Have a pack paid and its tokens credited."""
    pack, intent = current_book().packs[pack_key], f"pi_{uuid4().hex}"
    with person.acting():
        now = database_now()
        order = begins(person, pack_key)
        PackOrder.objects.filter(id=order.id).update(status=OrderStatus.PAID, paid_at=now)
        Payment.objects.create(
            payment_intent_id=intent,
            order=order,
            business_key=f"payment:{intent}",
            tokens=pack.tokens,
            paid_cents=order.cents,
            currency="usd",
            paid_at=now,
        )
        ledger_actions.grant(
            source=Source.PURCHASE, tokens=pack.tokens, business_key=f"payment:{intent}", reason=order.pack_name
        )
    return order


def begins(person: Person, pack_key: str = "pack_500") -> PackOrder:
    """Have a pack ordered and not paid."""
    pack = current_book().packs[pack_key]
    with person.acting():
        return PackOrder.objects.create(
            user_id=person.user.pk,
            price_book_version=current_book().version,
            pack_key=pack.key,
            pack_name=pack.name,
            tokens=pack.tokens,
            amount=pack.price,
            created_at=database_now(),
        )


def twin(person: Person) -> Person:
    """Return the person with a test key, acting for the test organization."""
    body = {"name": "ci", "scopes": ["read", "goals:write", "ai", "tokens:write"], "mode": "test"}
    made = person.post("/api-keys", body)
    assert made.status_code == 201, made.content
    home = sandbox_of(person.organization_id)
    assert home is not None
    tester = Person(home, person.user, person.role, made.json()["key"])
    with tester.acting():
        gap: dict[str, Any] = {"kind": OverrideKind.LIMIT, "key": "minimum_gap_seconds", "value": 0}
        set_override(**gap, reason="nobody waits here", ends_at=None, by=None)
    return tester


def runs_out(person: Person) -> None:
    """Be refused for want of tokens: all but one are held."""
    goal = str(make_goal(person).id)
    with person.acting():
        left = position().available - 1
        who: dict[str, Any] = {"user_id": person.user.pk, "department_id": None}
        ledger_actions.hold(
            transaction_id=uuid4(), tokens=left, operation="own", price_book_version=None, seconds=60, **who
        )
    assert person.post("/quests", {"goal": goal}).json()["code"] == "insufficient_tokens"


def attempt(cost: str | None, outcome: AttemptResult = AttemptResult.OK) -> ProviderAttempt:
    """One call of a provider at a cost in dollars, or at one that nobody lists."""
    return ProviderAttempt("openai", "double", outcome, 1000, 500, 10, None if cost is None else Decimal(cost))


class Work:
    """A feature that does as told."""

    def __init__(self, perform: Callable[[UUID], OperationResult]) -> None:
        self.perform = perform

    def check_ready(self) -> None:
        """Be ready."""


def works(person: Person, *costs: str | None, operation: str = "quest", units: int = 1) -> None:
    """Deliver units of an operation after these attempts, the last one the good one."""
    tried = (*[attempt(cost, AttemptResult.FAILED) for cost in costs[:-1]], attempt(costs[-1]))
    _run(person, operation, units, lambda transaction_id: OperationResult(units, (), {"made": []}, tried))


def fails(person: Person, cost: str, operation: str = "quest") -> AiError:
    """Deliver nothing after one attempt that cost something."""
    failure = AiFailed("no", attempts=(attempt(cost, AttemptResult.FAILED),))

    def perform(transaction_id: UUID) -> OperationResult:
        raise failure

    try:
        _run(person, operation, 1, perform)
    except AiFailed:
        return failure
    raise AssertionError("it did not fail")


def is_late(person: Person, cost: str) -> None:
    """Deliver when the hold has been released already: nothing is charged, the cost stays ours."""

    def perform(transaction_id: UUID) -> OperationResult:
        with person.acting():
            ledger_actions.release(transaction_id=transaction_id, reason="cancelled")
        return OperationResult(1, (), {"made": []}, (attempt(cost),))

    try:
        _run(person, "quest", 1, perform)
    except ledger_actions.HoldFinalized:
        return
    raise AssertionError("it was charged")


NO_MATERIAL: Query[None] = Query(Statement("SELECT"), lambda _: None)


def _run(person: Person, operation: str, units: int, perform: Callable[[UUID], OperationResult]) -> None:
    key = claim(key=str(uuid4()), request="POST", body={})
    request = OperationRequest(OPERATIONS[operation], units, person.caller, key)
    with person.acting():
        pipeline.run(request=request, material=NO_MATERIAL, work_on=lambda _: Work(perform))
