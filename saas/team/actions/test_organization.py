"""An organization's test organization: a twin without members, whose clock moves, for test keys to act on.

Note [A test organization is an organization]
    It has rows of its own, so that what isolates organizations isolates it too. It is nobody's: without members
    there is nobody to bill, to mail or to log in. Its plan is given; no business figure counts it.
"""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import F

from audit.actions import record
from licensing.actions import advance, open_license, payment_failed, payment_succeeded
from plans.actions import end_subscription, refresh, subscribe
from plans.models import Subscription
from plans.price_book import FREE_PLAN
from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.accounts.lock import serialized
from saas.accounts.models import Organization
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, NotFound
from saas.kernel.ids import uuid7
from saas.team.events import OrganizationClockMoved, OrganizationCreated
from saas.web import idempotency
from tokens import actions as ledger_actions
from tokens.kinds import Source
from tokens.queries import position

CLOCK_AHEAD_MAX = timedelta(days=3660)
"""How far ahead a test organization's clock goes, in all its moves."""

TOKENS_MAX = 1_000_000
"""How many tokens a test organization has at most."""

SUFFIX = " (test)"


class TestPaymentResult(StrEnum):
    """What becomes of a renewal."""

    FAILED = "failed"
    SUCCEEDED = "succeeded"


def provide_test_organization() -> UUID:
    """Return the organization's test organization on the plan that the organization is on now, opened if there is none.

    A trial gives it nothing: it would bring an allowance.
    Raises Conflict in a test organization, which has none of its own.
    """
    with serialized():
        real = accounts.organization(tenancy.current_organization_id())
        if real.sandbox_of_id is not None:
            raise Conflict("A test organization has none of its own.")
        plan = entitlements(real.id).fetch().own_plan
        sandbox_id = accounts.sandbox_of(real.id) or _open(real)
        with tenancy.organization(sandbox_id):
            _be_on(plan.key)
    return sandbox_id


def _open(real: Organization) -> UUID:
    name = real.name[: 120 - len(SUFFIX)] + SUFFIX
    copied = {"timezone": real.timezone, "currency": real.currency, "trade": real.trade}
    twin = Organization(id=uuid7(), name=name, sandbox_of=real, **copied)
    with tenancy.organization(twin.id), serialized():
        twin.save(force_insert=True)
        ledger_actions.open_account()
        open_license()
        record(OrganizationCreated(sandbox_of=real.id))
    return twin.id


def _be_on(plan_key: str) -> None:
    """Give the test organization the plan, unpaid; what it was granted before stays until it expires."""
    with serialized():
        if entitlements(tenancy.current_organization_id()).fetch().plan.key == plan_key:
            return
        end_subscription(reason="sandbox")
        if plan_key != FREE_PLAN:
            subscribe(plan_key=plan_key, reason="sandbox")


def advance_clock(*, by: timedelta) -> None:
    """Move the clock ahead, and let happen what that makes due: expiries, allowance, license stages.

    Idempotency keys are forgotten by it, too.

    Raises NotFound in any other organization, Conflict beyond CLOCK_AHEAD_MAX.
    """
    with serialized():
        offset = _sandbox().clock_offset
        if offset + by > CLOCK_AHEAD_MAX:
            raise Conflict(
                f"A test organization's clock goes {CLOCK_AHEAD_MAX.days:,} days ahead at most; it is {offset} ahead."
            )
        here = Organization.objects.filter(id=tenancy.current_organization_id())
        here.update(clock_offset=F("clock_offset") + by)
        idempotency.let_time_pass(by)
        record(OrganizationClockMoved(by_seconds=by.total_seconds()))
        _catch_up()


def _catch_up() -> None:
    """Do for this organization what the jobs do for all."""
    ledger_actions.sweep()
    subscription = Subscription.objects.filter(ended_at=None).first()
    if subscription is not None:
        refresh(subscription=subscription, now=database_now())
    advance()


def give_test_tokens(*, count: int) -> None:
    """Give the test organization tokens. Raises NotFound in any other organization, Conflict beyond TOKENS_MAX."""
    with serialized():
        _sandbox()
        now = position()
        if now.available + now.held + now.frozen + count > TOKENS_MAX:
            raise Conflict(f"A test organization has {TOKENS_MAX:,} tokens at most.")
        ledger_actions.grant(source=Source.PROMO, tokens=count, business_key=f"test:{uuid7()}", reason="sandbox")


def make_test_payment(outcome: TestPaymentResult) -> None:
    """Have the test organization's renewal fail or be paid. Raises NotFound in any other organization."""
    with serialized():
        _sandbox()
        if outcome == TestPaymentResult.FAILED:
            payment_failed(reason="sandbox")
        else:
            payment_succeeded(reason="sandbox")


def _sandbox() -> Organization:
    here = accounts.organization(tenancy.current_organization_id())
    if here.sandbox_of_id is None:
        raise NotFound("There is no such thing here.")
    return here
