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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic, sleep
from typing import Any, NoReturn, Protocol, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError
from django.db.models import Model

from abuse import actions as abuse
from abuse.battery import SentTwice
from abuse.rules import Subject
from audit.actions import record_statement
from audit.events import AuditEvent
from saas.accounts.callers import Caller
from saas.kernel import turns
from saas.kernel.clock import database_now
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7
from saas.kernel.transactions import Query, Statement, durable, insert_statement, reconnect, run_batch
from saas.metering import decision, refusals
from saas.metering.ai import AiError, AiFailed, AiTimeout, ProviderAttempt
from saas.metering.models import AttemptRecord
from saas.metering.operations import Operation
from saas.web import idempotency
from saas.web.idempotency import Answer, Claim
from saas.web.models import IdempotencyRecord
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.kinds import HoldStatus

logger = logging.getLogger(__name__)

Material = TypeVar("Material")

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
    attempts: tuple[ProviderAttempt, ...]
    events: Sequence[AuditEvent] = ()


class Work(Protocol):
    """The feature's part of an operation: whether it can run, and the call of the AI."""

    def check_ready(self) -> None:
        """Raise AiUnavailable while no provider can be asked."""

    def perform(self, transaction_id: UUID) -> OperationResult:
        """Ask the AI; holds no connection. Raises AiError."""


@dataclass(frozen=True)
class OperationRequest:
    """A request for `units` of an operation, by a caller, under an idempotency key.

    `transaction_id` is what its hold will have, if it is the first with its key.
    """

    operation: Operation
    units: int
    caller: Caller
    claim: Claim
    transaction_id: UUID = field(default_factory=uuid7)


class OperationCancelled(ledger_actions.HoldFinalized):
    """The person cancelled while the AI was working."""

    title = "Cancelled"


def run(*, request: OperationRequest, material: Query[Material], work_on: Callable[[Material], Work]) -> Answer:
    """Run a request through the pipeline; return the answer, or the first answer of a repeated key.

    `material` is what the work is made of, and may raise; it is read with what decides. Raises the refusal or failure
    otherwise. Every exit leaves the hold settled, released, or to the sweeper; only what was delivered is charged.
    """
    find = idempotency.find_query(request.claim.key)
    (read, earlier), known = decision.inputs_beside((material, find), request.caller)
    if earlier is not None:
        return _replay(earlier, claim=request.claim, user_id=request.caller.user_id)
    work = work_on(read)
    try:
        _admit_and_hold(request, work, known)
    except SentTwice:
        raise idempotency.in_progress() from None
    turns.leave()
    outcome: OperationResult | AiError
    try:
        with durable():
            outcome = work.perform(request.transaction_id)
    except AiError as failure:
        outcome = failure
    except BaseException:
        _give_up(request)
        raise
    with turns.turn():
        if isinstance(outcome, AiError):
            _release(request, outcome)
        return _settle(request, outcome, tokens=known.cost(request.operation, outcome.units))


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


def _admit_and_hold(request: OperationRequest, work: Work, known: decision.DecisionInputs) -> None:
    """Steps 1 and 2: hold the tokens that the request costs, or audit and raise the refusal. Raises SentTwice."""
    subject = Subject(organization_id=request.caller.organization_id, user_id=request.caller.user_id)
    limits = decision.limits(known.entitlements)
    try:
        try:
            tokens = decision.check(request.operation, request.units, known)
            work.check_ready()
        except DomainError:
            abuse.count_attempt(subject=subject, limits=limits)
            raise
        mark = idempotency.mark(request.claim)
        verdict = abuse.admit(subject=subject, tokens=tokens, limits=limits, mark=mark)
        if verdict.allowed:
            try:
                _hold(request, tokens, price_book_version=known.entitlements.book.version)
            except (DomainError, OperationalError):
                abuse.withdraw(subject=subject, verdict=verdict, mark=mark)
                raise
        abuse.record(subject=subject, verdict=verdict)
        abuse.refuse(verdict)
    except DomainError as refusal:
        refusals.audit(refusal, caller=request.caller, operation=request.operation.key, units=request.units)
        raise


def _hold(request: OperationRequest, tokens: int, *, price_book_version: int) -> None:
    """Reserve the tokens and claim the idempotency key, in one commit."""
    holding = ledger_actions.hold_query(
        transaction_id=request.transaction_id,
        tokens=tokens,
        operation=request.operation.key,
        user_id=request.caller.user_id,
        department_id=request.caller.department_id,
        seconds=settings.HOLD_SECONDS,
        price_book_version=price_book_version,
    )
    claim = idempotency.claim_statement(request.claim, request.caller.user_id, request.transaction_id)
    try:
        with idempotency.conflicts(), ledger_actions.refusals():
            run_batch(claim, holding.statement)
    except OperationalError:
        # A connection lost during the commit leaves it unknown: a hold that came through is gone on with.
        reconnect()
        record = idempotency.find(request.claim.key)
        if record is None or record.transaction_id != request.transaction_id:
            raise


def _settle(request: OperationRequest, result: OperationResult, *, tokens: int) -> Answer:
    """Charge the tokens for what was delivered and store it with the answer, in one commit."""
    settling = ledger_actions.settle_query(transaction_id=request.transaction_id, tokens=tokens)
    receipt = ledger_actions.receipt_expression(request.transaction_id)
    answer = idempotency.created(result.body)
    try:
        body = _commit(
            request,
            [
                settling.statement,
                *[insert_statement([row]) for row in result.rows],
                *[record_statement(event) for event in result.events],
            ],
            attempts=result.attempts,
            answer=answer,
            members={"tokens": receipt},
        )
    except ledger_actions.HoldFinalized as ended:
        _absorb(request, tokens, result.attempts, ended)
    except BaseException:
        _give_up(request, result.attempts)
        raise
    return replace(answer, body=body)


def _give_up(request: OperationRequest, attempts: tuple[ProviderAttempt, ...] = ()) -> None:
    """Release the hold after an error of our own, which is then raised on; record the attempts.

    A hold that has ended stays as it ended, its answer too; one that cannot be reached is swept, and what the AI cost
    is then in the log only.
    """
    failure = AiFailed("Something broke on our side. Nothing was charged; please try again.")
    releasing = ledger_actions.release_query(transaction_id=request.transaction_id, reason=failure.code)
    try:
        with ledger_actions.refusals():
            run_batch(releasing.statement, *_ending(request, attempts, idempotency.failed(failure)))
    except (DomainError, DatabaseError):
        for attempt in attempts:
            logger.exception("an attempt of operation %s is not recorded: %s", request.transaction_id, vars(attempt))


def _release(request: OperationRequest, failure: AiError) -> NoReturn:
    """Return everything, store the failure as the answer, and raise it."""
    releasing = ledger_actions.release_query(transaction_id=request.transaction_id, reason=failure.code)
    try:
        _commit(request, [releasing.statement], attempts=failure.attempts, answer=idempotency.failed(failure))
    except ledger_actions.HoldFinalized as ended:
        _absorb(request, 0, failure.attempts, ended)
    raise failure


def _absorb(
    request: OperationRequest, tokens: int, attempts: tuple[ProviderAttempt, ...], ended: ledger_actions.HoldFinalized
) -> NoReturn:
    """Record the cost of a late result; the caller is charged nothing and gets the reason."""
    absorbing = ledger_actions.absorb_query(transaction_id=request.transaction_id, tokens=tokens)
    error = _ended_error(ended.details["hold_status"])
    _commit(request, [absorbing.statement], attempts=attempts, answer=idempotency.failed(error))
    raise error


def _commit(
    request: OperationRequest,
    statements: Sequence[Statement],
    *,
    attempts: tuple[ProviderAttempt, ...],
    answer: Answer,
    members: Mapping[str, Statement] | None = None,
) -> dict[str, Any]:
    """Run the statements in one commit with those of every end; return the body of the stored answer.

    What the AI made is paid for: a lock that is held or a database that is away is waited for, COMMIT_SECONDS_MAX and
    one attempt at most. A connection lost during the commit leaves it unknown: the answer is looked up before
    repeating, and once more when an earlier commit came through while a later one waited for its lock.
    """
    batch = [*statements, *_ending(request, attempts, answer, members)]
    given_up_at = monotonic() + COMMIT_SECONDS_MAX
    repeated = False
    with ledger_actions.refusals():
        while True:
            try:
                if repeated and (stored := _stored(request)):
                    return stored
                *_, [(text,)] = run_batch(*batch)
                return dict(json.loads(text))
            except OperationalError:
                reconnect()
                if monotonic() > given_up_at:
                    raise
                repeated = True
                sleep(COMMIT_PAUSE_SECONDS)
            except IntegrityError:
                if repeated and (stored := _stored(request)):
                    return stored
                raise


def _stored(request: OperationRequest) -> dict[str, Any] | None:
    record = idempotency.find(request.claim.key)
    return None if record is None else record.answer


def _ending(
    request: OperationRequest,
    attempts: tuple[ProviderAttempt, ...],
    answer: Answer,
    members: Mapping[str, Statement] | None = None,
) -> list[Statement]:
    """Return what every end of an operation stores: its attempts, and last its answer, with SQL's `members`."""
    records = [
        AttemptRecord(
            organization_id=request.caller.organization_id,
            transaction_id=request.transaction_id,
            operation=request.operation.key,
            **vars(attempt),
        )
        for attempt in attempts
    ]
    complete = idempotency.complete_statement(request.claim, answer, members=members)
    return [*([insert_statement(records)] if records else []), complete]


def _replay(record: IdempotencyRecord, *, claim: Claim, user_id: UUID) -> Answer:
    """Return or raise the first outcome of a key; raise IdempotencyInProgress while there is none.

    Raises IdempotencyKeyReused for another request. A process that died left no answer: then the hold tells, and its
    tokens are back.
    """
    idempotency.require_same_request(record, claim)
    if record.status is None:
        hold = ledger.hold(record.transaction_id) if record.transaction_id else None
        if hold is None or (hold.ended_at is None and hold.expires_at > database_now()):
            raise idempotency.in_progress()
        # The hold may have ended since the record was read, and its answer came in the same commit.
        record = idempotency.find(record.key) or record
        if record.status is None:
            raise _ended_error(hold.status if hold.ended_at else HoldStatus.EXPIRED)
    return idempotency.replay(record, claim=claim, user_id=user_id)


def _ended_error(status: str) -> DomainError:
    """Return the error for the caller of an operation whose hold ended in this way before its result came."""
    match status:
        case HoldStatus.RELEASED:
            return OperationCancelled("You cancelled this. Nothing was charged.", refunded=True)
        case HoldStatus.REVOKED:
            return ledger_actions.SpendingSuspended(
                "AI was turned off for an overdue payment while this ran. Nothing was charged.", refunded=True
            )
    return AiTimeout("This was not finished in time. Nothing was charged; please try again.")
