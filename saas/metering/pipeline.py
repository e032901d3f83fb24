"""The one path of a metered AI operation.

    1. decide    plan, license, tokens, abuse battery: reads only; a refusal is audited
    2. hold      one commit: checks again under the organization's lock, reserves, claims the idempotency key
    3. perform   the AI call: no transaction, no connection
    4. settle    one commit: charges what was delivered, stores it, and the answer a replay will get
       release   the same on any failure, with nothing charged

The order is the security argument. Whatever must hold under a race is decided in step 2 by the
database; step 1 is for manners: it says no early, with a good reason, and holds nothing.
How many are in steps 1 and 2, and in step 4, at a time: see Note [Turns] in `saas.kernel.turns`.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import monotonic, sleep
from typing import Any, NoReturn, Protocol
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError
from django.db.models import Model

from abuse import actions as abuse
from abuse.rules import Subject, Verdict
from audit.actions import record_statement
from audit.events import AuditEvent
from saas.accounts.callers import Caller
from saas.kernel import turns
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7
from saas.kernel.transactions import Statement, durable, insert_statement, reconnect, run_batch
from saas.metering import decision, refusals
from saas.metering.ai import AiError, AiFailed, AiTimeout, Attempt
from saas.metering.models import AttemptRecord
from saas.metering.operations import Operation
from saas.web import idempotency
from saas.web.idempotency import Answer, Claim
from saas.web.models import IdempotencyRecord
from saas.web.problems import as_problem
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.kinds import HoldStatus

logger = logging.getLogger(__name__)

COMMIT_SECONDS_MAX = 20.0
"""How long a result in hand waits for the database; with the AI's deadline it is well inside the hold's time."""
COMMIT_PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class OperationResult:
    """What the AI made: how many units, the rows that store it, the body of the answer, the attempts.

    `events` record the rows.
    """

    units: int
    rows: Sequence[Model]
    body: dict[str, Any]
    attempts: tuple[Attempt, ...]
    events: Sequence[AuditEvent] = ()


class Work(Protocol):
    """The feature's part of an operation: whether it can run, and the call of the AI."""

    def check_ready(self) -> None:
        """Raise AiUnavailable while no provider can be asked."""

    def perform(self, transaction_id: UUID) -> OperationResult:
        """Ask the AI; holds no connection. Raises AiError."""


@dataclass(frozen=True)
class OperationRequest:
    """A request for `units` of an operation, by a caller, under an idempotency key."""

    operation: Operation
    units: int
    caller: Caller
    claim: Claim

    @property
    def subject(self) -> Subject:
        """Return the subject of the battery's counters."""
        return Subject(organization_id=self.caller.organization_id, user_id=self.caller.user_id)


class OperationCancelled(ledger_actions.HoldFinalized):
    """The person cancelled while the AI was working."""

    title = "Cancelled"


def run(*, request: OperationRequest, work: Work) -> Answer:
    """Run a request through the pipeline; return the answer, or the first answer of a repeated key.

    Raises the refusal or failure otherwise. Every exit leaves the hold settled, released, or to the
    sweeper; only what was delivered is charged.
    """
    transaction_id = uuid7()
    with idempotency.one_at_a_time(request.claim) as alone:
        earlier, decided = decision.inputs_and_earlier_request(request.caller, request.claim)
        if earlier is not None:
            return _replay(earlier, claim=request.claim, user_id=request.caller.user_id)
        if not alone:
            raise idempotency.in_progress()
        price = _admit_and_hold(request, work, decided, transaction_id)
    turns.leave()
    outcome: OperationResult | AiError
    try:
        with durable():
            outcome = work.perform(transaction_id)
    except AiError as failure:
        outcome = failure
    except BaseException:
        _give_up(request, transaction_id)
        raise
    with turns.turn():
        if isinstance(outcome, AiError):
            _release(request, transaction_id, outcome)
        return _settle(request, transaction_id, outcome, price)


def cancel(*, caller: Caller, key: str) -> bool:
    """Release the hold of a running operation, whose result is then absorbed. Return True if it was running."""
    record = idempotency.find(key)
    if record is None or record.transaction_id is None or record.user_id != caller.user_id:
        return False
    if record.answer is not None:
        return False
    try:
        ledger_actions.release(transaction_id=record.transaction_id, reason="cancelled")
    except ledger_actions.HoldFinalized:
        return False
    return True


def _admit_and_hold(
    request: OperationRequest, work: Work, decided: decision.DecisionInputs, transaction_id: UUID
) -> int:
    """Steps 1 and 2: return the price of a unit once the tokens are held, or audit and raise the refusal."""
    limits = decision.limits(decided.entitlements)
    try:
        price = decision.check(request.operation, request.units, decided)
        work.check_ready()
    except DomainError as refusal:
        abuse.count_attempt(subject=request.subject, limits=limits)
        _audit_refusal(request, refusal)
        raise
    try:
        verdict = abuse.admit(subject=request.subject, tokens=price * request.units, limits=limits)
        if verdict.allowed:
            _hold(request, decided, transaction_id, price, verdict)
        abuse.record(subject=request.subject, verdict=verdict)
        abuse.refuse(verdict)
    except DomainError as refusal:
        _audit_refusal(request, refusal)
        raise
    return price


def _hold(
    request: OperationRequest, decided: decision.DecisionInputs, transaction_id: UUID, price: int, verdict: Verdict
) -> None:
    """Claim the idempotency key and reserve the tokens, in one commit."""
    holding = ledger_actions.hold_query(
        transaction_id=transaction_id,
        tokens=price * request.units,
        operation=request.operation.key,
        user_id=request.caller.user_id,
        department_id=request.caller.department_id,
        seconds=settings.HOLD_SECONDS,
        price_book_version=decided.entitlements.book.version,
    )
    try:
        with idempotency.conflicts(), ledger_actions.refusals():
            run_batch(
                idempotency.claim_statement(request.claim, request.caller.user_id, transaction_id), holding.statement
            )
    except DomainError:
        abuse.withdraw(subject=request.subject, verdict=verdict)
        raise
    except OperationalError:
        # A connection lost during the commit leaves it unknown: a hold that came through is gone on with.
        reconnect()
        record = idempotency.find(request.claim.key)
        if record is None or record.transaction_id != transaction_id:
            abuse.withdraw(subject=request.subject, verdict=verdict)
            raise


def _settle(request: OperationRequest, transaction_id: UUID, result: OperationResult, price: int) -> Answer:
    """Charge what was delivered and store it with the answer, in one commit."""
    charge = price * result.units
    ending = ledger_actions.end_hold_query(transaction_id=transaction_id, status=HoldStatus.SETTLED, charge=charge)
    try:
        body = _commit(
            request,
            ending.statement,
            *[insert_statement([row]) for row in result.rows],
            *[record_statement(event) for event in result.events],
            *_records(request, transaction_id, result.attempts),
            idempotency.complete_statement(
                request.claim,
                Answer(201, result.body),
                members={"tokens": ledger.receipt_expression(transaction_id)},
            ),
        )
    except ledger_actions.HoldFinalized as ended:
        _absorb(request, transaction_id, charge, result.attempts, _why_ended(ended))
    except BaseException:
        _give_up(request, transaction_id, result.attempts)
        raise
    return Answer(201, body)


def _give_up(request: OperationRequest, transaction_id: UUID, attempts: tuple[Attempt, ...] = ()) -> None:
    """Release the hold after an error of our own, which is then raised on; record the attempts.

    A hold that has ended stays as it ended, its answer too; one that cannot be reached is swept, and what the AI cost
    is then in the log only.
    """
    failure = AiFailed("Something broke on our side. Nothing was charged; please try again.")
    try:
        with ledger_actions.refusals():
            run_batch(
                _returning(transaction_id, failure),
                *_records(request, transaction_id, attempts),
                _complete_statement(request, failure),
            )
    except (DomainError, DatabaseError):
        for attempt in attempts:
            logger.exception("an attempt of operation %s is not recorded: %s", transaction_id, asdict(attempt))


def _release(request: OperationRequest, transaction_id: UUID, failure: AiError) -> NoReturn:
    """Return everything, store the failure as the answer, and raise it."""
    try:
        _commit(
            request,
            _returning(transaction_id, failure),
            *_records(request, transaction_id, failure.attempts),
            _complete_statement(request, failure),
        )
    except ledger_actions.HoldFinalized as ended:
        _absorb(request, transaction_id, 0, failure.attempts, _why_ended(ended))
    raise failure


def _returning(transaction_id: UUID, failure: AiError) -> Statement:
    return ledger_actions.end_hold_query(
        transaction_id=transaction_id, status=HoldStatus.RELEASED, charge=0, reason=failure.code
    ).statement


def _complete_statement(request: OperationRequest, error: DomainError) -> Statement:
    return idempotency.complete_statement(request.claim, Answer(error.status, as_problem(error)))


def _absorb(
    request: OperationRequest, transaction_id: UUID, charge: int, attempts: tuple[Attempt, ...], error: DomainError
) -> NoReturn:
    """Record the cost of a late result; the caller is charged nothing and gets the reason."""
    _commit(
        request,
        ledger_actions.absorb_query(transaction_id=transaction_id, tokens=charge).statement,
        *_records(request, transaction_id, attempts),
        _complete_statement(request, error),
    )
    raise error


def _commit(request: OperationRequest, *statements: Statement) -> dict[str, Any]:
    """Run the statements in one commit and return the stored answer.

    What the AI made is paid for: a lock that is held or a database that is away is waited for, COMMIT_SECONDS_MAX and
    one attempt at most. A connection lost during the commit leaves it unknown: the answer is looked up before
    repeating, and once more when an earlier commit came through while a later one waited for its lock.
    """
    given_up_at = monotonic() + COMMIT_SECONDS_MAX
    repeated = False
    with ledger_actions.refusals():
        while True:
            try:
                return (repeated and _stored(request)) or _stored_by(statements)
            except OperationalError:
                reconnect()
                if monotonic() > given_up_at:
                    raise
                repeated = True
                sleep(COMMIT_PAUSE_SECONDS)
            except IntegrityError:
                if repeated and (answer := _stored(request)):
                    return answer
                raise


def _stored_by(statements: tuple[Statement, ...]) -> dict[str, Any]:
    *_, [(text,)] = run_batch(*statements)
    return dict(json.loads(text))


def _stored(request: OperationRequest) -> dict[str, Any] | None:
    record = idempotency.find(request.claim.key)
    return None if record is None else record.answer


def _records(request: OperationRequest, transaction_id: UUID, attempts: tuple[Attempt, ...]) -> list[Statement]:
    rows = [
        AttemptRecord(
            organization_id=request.caller.organization_id,
            transaction_id=transaction_id,
            operation=request.operation.key,
            **asdict(attempt),
        )
        for attempt in attempts
    ]
    return [insert_statement(rows)] if rows else []


def _replay(record: IdempotencyRecord, *, claim: Claim, user_id: UUID) -> Answer:
    """Return or raise the first outcome of a key; raise IdempotencyInProgress while there is none.

    A process that died left no answer: then the hold tells, and its tokens are back.
    """
    if record.status is None:
        hold = ledger.hold(record.transaction_id) if record.transaction_id else None
        if hold is None or (hold.ended_at is None and hold.expires_at > database_now()):
            raise idempotency.in_progress()
        # The hold may have ended since the record was read, and its answer came in the same commit.
        record = idempotency.find(record.key) or record
        if record.status is None:
            raise _ended_error(hold.status if hold.ended_at else HoldStatus.EXPIRED)
    return idempotency.replay(record, claim=claim, user_id=user_id)


def _why_ended(ended: ledger_actions.HoldFinalized) -> DomainError:
    return _ended_error(ended.details["hold_status"])


def _ended_error(status: str) -> DomainError:
    match status:
        case HoldStatus.RELEASED:
            return OperationCancelled("You cancelled this. Nothing was charged.", refunded=True)
        case HoldStatus.REVOKED:
            return ledger_actions.AccountSuspended(
                "AI was turned off for an overdue payment while this ran. Nothing was charged.", refunded=True
            )
    return AiTimeout("This was not finished in time. Nothing was charged; please try again.")


def _audit_refusal(request: OperationRequest, refusal: DomainError) -> None:
    refusals.audit(refusal, caller=request.caller, operation=request.operation.key, units=request.units)
