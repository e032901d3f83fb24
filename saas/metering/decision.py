"""Step 1 of the pipeline: read plan, license, tokens and quota in one round trip, and decide."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from abuse.rules import Limits
from licensing import queries as licensing
from licensing.queries import LicenseStatus
from plans.queries import Entitlements, entitlements
from saas.accounts.callers import Caller
from saas.kernel.transactions import Query, fetch_all
from saas.metering.operations import Operation
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

    def cost(self, operation: Operation, units: int) -> int:
        """Return what so many units of an operation cost, in tokens."""
        return self.entitlements.prices[operation.key].value * units


def inputs_beside(queries: Sequence[Query[Any]], caller: Caller) -> tuple[list[Any], DecisionInputs]:
    """Return what other queries read, and the caller's inputs: one round trip."""
    read = fetch_all(*queries, *_queries(caller))
    return read[: len(queries)], _inputs(*read[len(queries) :])


def inputs(caller: Caller) -> DecisionInputs:
    """Return the caller's inputs alone."""
    return _inputs(*fetch_all(*_queries(caller)))


def _queries(caller: Caller) -> tuple[Query[Any], ...]:
    return (
        licensing.payment_state(caller.organization_id),
        ledger.POSITION,
        ledger.tightest_quota(user_id=caller.user_id, department_id=caller.department_id),
        entitlements(caller.organization_id),
    )


def _inputs(
    payment_state: licensing.PaymentState, position: Position, quota: QuotaUse | None, entitled: Entitlements
) -> DecisionInputs:
    return DecisionInputs(entitled, licensing.license_status_from(payment_state, entitled), position, quota)


def check(operation: Operation, units: int, known: DecisionInputs) -> int:
    """Return what the units cost, in tokens, or raise the first refusal: plan, license, tokens, in this order."""
    known.entitlements.require(operation.key)
    known.license.require("ai")
    tokens, position, quota = known.cost(operation, units), known.position, known.quota
    if position.debt:
        raise ledger_actions.in_debt(debt=position.debt)
    if position.available < tokens:
        raise ledger_actions.insufficient(needed=tokens, available=position.available)
    if quota is not None and quota.used + tokens > quota.limit:
        raise ledger_actions.quota_reached(scope=quota.scope, limit=quota.limit, used=quota.used, needed=tokens)
    return tokens


def limits(entitled: Entitlements) -> Limits:
    """Return the battery's limits as this organization has them."""
    names = {field.name for field in fields(Limits)} & entitled.limits.keys()
    values = {name: entitled.limit(name) for name in names}
    return Limits(**{name: UNLIMITED if value is None else value for name, value in values.items()})
