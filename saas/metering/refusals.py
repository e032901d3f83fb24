"""Record refusals in the audit log, and count bad input to an AI operation, which never reaches the pipeline."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from abuse import actions as abuse
from abuse.rules import Subject
from audit.actions import record_statement
from plans.queries import entitlements
from saas.accounts.callers import Caller
from saas.kernel.errors import DomainError, Invalid
from saas.kernel.transactions import run_batch
from saas.metering.decision import limits
from saas.metering.events import OperationRefused
from tokens.actions import QuotaExceeded


@contextmanager
def counting_bad_input(caller: Caller) -> Iterator[None]:
    """Count an Invalid as a failed attempt; if that blocks the caller, raise the block instead."""
    try:
        yield
    except Invalid:
        subject = Subject(organization_id=caller.organization_id, user_id=caller.user_id)
        entitled = entitlements(caller.organization_id).fetch()
        verdict = abuse.record_bad_input(subject=subject, limits=limits(entitled))
        abuse.record(subject=subject, verdict=verdict)
        if verdict.code in ("temporarily_blocked", "rate_limited"):
            abuse.refuse(verdict)
        raise


def audit(refusal: DomainError, *, caller: Caller, operation: str, units: int) -> None:
    """Record a refusal in a transaction of its own: there is no change it belongs to."""
    refused = OperationRefused(
        operation=operation,
        units=units,
        code=refusal.code,
        user=caller.user_id,
        **_of_quota(refusal, caller),
    )
    run_batch(record_statement(refused, reason=refusal.detail))


def _of_quota(refusal: DomainError, caller: Caller) -> dict[str, Any]:
    """Return which quota refused, where one did."""
    if not isinstance(refusal, QuotaExceeded):
        return {}
    return {"department": caller.department_id, **refusal.details}
