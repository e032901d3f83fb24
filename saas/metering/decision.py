"""Step 1 of the pipeline: read plan, license, tokens and quota in one round trip, and decide."""

from dataclasses import dataclass, fields
from typing import Any

from abuse.rules import Limits
from licensing import queries as licensing
from licensing.queries import LicenseStatus
from plans.queries import Entitlements, entitlements
from saas.accounts.callers import Caller
from saas.kernel.transactions import Query, fetch_all
from saas.metering.operations import Operation
from saas.web import idempotency
from saas.web.idempotency import Claim
from saas.web.models import IdempotencyRecord
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.queries import Position, QuotaUse

UNLIMITED = 2**31
"""Stands for a limit without value where a number is needed."""


@dataclass(frozen=True)
class DecisionInputs:
    """Plan, license, tokens and quota of a caller at one instant."""

    entitlements: Entitlements
    license: LicenseStatus
    position: Position
    quota: QuotaUse | None


def inputs_and_earlier_request(caller: Caller, claim: Claim) -> tuple[IdempotencyRecord | None, DecisionInputs]:
    """Return the caller's inputs, and the earlier request with the same key if there was one.

    Raises IdempotencyKeyReused when that request asked for something else.
    """
    record, *known = fetch_all(idempotency.find_query(claim.key), *_queries(caller))
    if record is not None:
        idempotency.require_same_request(record, claim)
    return record, _inputs(*known)


def inputs(caller: Caller) -> DecisionInputs:
    """Return the caller's inputs alone."""
    return _inputs(*fetch_all(*_queries(caller)))


def _queries(caller: Caller) -> tuple[Query[Any], ...]:
    return (
        entitlements(caller.organization_id),
        licensing.payment_state(caller.organization_id),
        ledger.POSITION,
        ledger.tightest_quota(user_id=caller.user_id, department_id=caller.department_id),
    )


def _inputs(
    entitled: Entitlements, payment_state: licensing.PaymentState, position: Position, quota: QuotaUse | None
) -> DecisionInputs:
    return DecisionInputs(entitled, licensing.license_status_from(payment_state, entitled), position, quota)


def check(operation: Operation, units: int, known: DecisionInputs) -> int:
    """Return the price of a unit, or raise the first refusal: plan, license, tokens, in this order."""
    known.entitlements.require(operation.key)
    known.license.require("ai")
    price = known.entitlements.prices[operation.key].value
    _check_tokens(price * units, known)
    return price


def _check_tokens(needed: int, known: DecisionInputs) -> None:
    if known.position.debt:
        raise ledger_actions.in_debt(debt=known.position.debt)
    if known.position.available < needed:
        raise ledger_actions.insufficient(needed=needed, available=known.position.available)
    quota = known.quota
    if quota is not None and quota.used + needed > quota.limit:
        raise ledger_actions.quota_reached(scope=quota.scope, limit=quota.limit, used=quota.used, needed=needed)


def limits(entitled: Entitlements) -> Limits:
    """Return the battery's limits as this organization has them."""
    names = {field.name for field in fields(Limits)} & entitled.limits.keys()
    values = {name: entitled.limit(name) for name in names}
    return Limits(**{name: UNLIMITED if value is None else value for name, value in values.items()})
