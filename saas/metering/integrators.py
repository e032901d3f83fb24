"""Integrators meter their own AI: the same ledger, license and battery, without our call in between."""

from typing import Any
from uuid import UUID

from django.conf import settings

from abuse import actions as abuse
from abuse.rules import Subject
from saas.accounts.callers import Caller
from saas.kernel.errors import Conflict, DomainError
from saas.kernel.ids import uuid7
from saas.metering import decision, refusals
from saas.metering.operations import OWN_AI
from saas.web import idempotency
from saas.web.idempotency import Answer, Claim
from tokens import actions as ledger_actions
from tokens import presentation as ledger_presentation
from tokens import queries as ledger


def hold(*, caller: Caller, tokens: int, purpose: str, claim: Claim) -> Answer:
    """Reserve `tokens` for `purpose`.

    Obeys plan, license, tokens, quotas, the size rule and the hourly flag; gap and per-user rate are for
    our own AI operations. Raises what the ledger and the battery refuse; refusals are audited.
    """
    (record,), known = decision.inputs_beside((idempotency.find_query(claim.key),), caller)
    if record is not None:
        return idempotency.replay(record, claim=claim, user_id=caller.user_id)
    try:
        known.entitlements.require("metering")
        known.license.require("ai")
        return _hold(caller, known, tokens, purpose, claim)
    except DomainError as refusal:
        refusals.audit(refusal, caller=caller, operation=OWN_AI, units=tokens)
        raise


def _hold(caller: Caller, known: decision.DecisionInputs, tokens: int, purpose: str, claim: Claim) -> Answer:
    subject = Subject(organization_id=caller.organization_id, user_id=caller.user_id)
    verdict = abuse.admit_integrator_hold(subject=subject, tokens=tokens, limits=decision.limits(known.entitlements))
    abuse.record(subject=subject, verdict=verdict)
    abuse.refuse(verdict)

    def effect() -> Answer:
        held = ledger_actions.hold(
            transaction_id=uuid7(),
            tokens=tokens,
            operation=purpose,
            user_id=caller.user_id,
            department_id=caller.department_id,
            seconds=settings.HOLD_SECONDS,
            price_book_version=None,
        )
        return idempotency.created(_shape(held.transaction_id))

    try:
        return idempotency.answer_once(claim=claim, user_id=caller.user_id, effect=effect)
    except Exception:
        abuse.withdraw(subject=subject, verdict=verdict)
        raise


def settle(*, caller: Caller, transaction_id: UUID, tokens: int, claim: Claim) -> Answer:
    """Charge `tokens` of a hold and release the rest. Raises NotFound, Conflict, Invalid, HoldFinalized."""

    def effect() -> Answer:
        _require_integrators(transaction_id)
        ledger_actions.settle(transaction_id=transaction_id, tokens=tokens)
        return Answer(200, _shape(transaction_id))

    return idempotency.answer_once(claim=claim, user_id=caller.user_id, effect=effect)


def release(*, caller: Caller, transaction_id: UUID, claim: Claim) -> Answer:
    """Return everything a hold reserved. Raises NotFound, Conflict, HoldFinalized."""

    def effect() -> Answer:
        _require_integrators(transaction_id)
        ledger_actions.release(transaction_id=transaction_id, reason="released by the integrator")
        return Answer(200, _shape(transaction_id))

    return idempotency.answer_once(claim=claim, user_id=caller.user_id, effect=effect)


def extend(*, caller: Caller, transaction_id: UUID, seconds: int, claim: Claim) -> Answer:
    """Let a hold last `seconds` from now, at most HOLD_SECONDS_MAX in all. Raises NotFound, Conflict, HoldFinalized."""

    def effect() -> Answer:
        _require_integrators(transaction_id)
        ledger_actions.extend(transaction_id=transaction_id, seconds=seconds, seconds_max=settings.HOLD_SECONDS_MAX)
        return Answer(200, _shape(transaction_id))

    return idempotency.answer_once(claim=claim, user_id=caller.user_id, effect=effect)


def _require_integrators(transaction_id: UUID) -> None:
    """Raise Conflict for the open hold of an operation of ours: its AI call is running, and at our cost.

    `_hold` holds without a price book, the pipeline with the one that has its price.
    """
    held = ledger.hold(transaction_id)
    if held is not None and held.ended_at is None and held.price_book_version is not None:
        raise Conflict("This hold belongs to a running operation of Milepost, which ends it.")


def _shape(transaction_id: UUID) -> dict[str, Any]:
    held = ledger.hold(transaction_id)
    assert held is not None
    position = ledger.position()
    receipt = {
        "charged": held.settled_tokens,
        "available": position.available,
        "held": position.held,
        "transaction_id": held.id,
    }
    return {**ledger_presentation.hold(held), "tokens_after": receipt}
