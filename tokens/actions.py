"""The ledger's verbs. Each is one SQL function of tokens/sql: one round trip, one durable commit."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import DatabaseError

from saas.accounts.callers import OrganizationIsClosed
from saas.kernel.actor import current_actor_json
from saas.kernel.errors import DomainError, Invalid, NotFound
from saas.kernel.serialization import as_json
from saas.kernel.transactions import Query, Row, Statement
from tokens.kinds import HoldStatus, QuotaScope, Source


class InsufficientTokens(DomainError):
    """There are fewer tokens available than the operation needs."""

    code, status, title = "insufficient_tokens", 402, "Not enough tokens"


class TokenDebt(DomainError):
    """Tokens that were spent had to be taken back; the next grant repays them."""

    code, status, title = "token_debt", 402, "Token debt"


class QuotaExceeded(DomainError):
    """The organization's, the department's or the user's quota of this period is used up."""

    code, status, title = "quota_reached", 403, "Quota reached"


class SpendingSuspended(DomainError):
    """Spending is stopped for this account."""

    code, status, title = "license_ai_off", 402, "AI is off"


class HoldFinalized(DomainError):
    """The hold has ended already, in another way."""

    code, status, title = "hold_finalized", 409, "The hold has ended"


@dataclass(frozen=True)
class Held:
    """A hold just placed: its id, the balance after it, and when it expires."""

    transaction_id: UUID
    tokens: int
    available: int
    held: int
    expires_at: datetime


@dataclass(frozen=True)
class Ended:
    """A hold just ended, and the balance after it."""

    transaction_id: UUID
    status: str
    tokens: int
    settled_tokens: int
    available: int
    held: int


def hold_query(
    *,
    transaction_id: UUID,
    tokens: int,
    operation: str,
    user_id: UUID,
    department_id: UUID | None,
    seconds: int,
    price_book_version: int | None,
    details: dict[str, Any] | None = None,
) -> Query[Held]:
    """Return the query of `hold`, to be run inside `refusals()`."""
    arguments = (transaction_id, tokens, operation, user_id, department_id, seconds, price_book_version)
    statement = Statement(
        "SELECT * FROM tokens_hold_place(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (*arguments, as_json(details or {}), current_actor_json()),
    )
    return Query(statement, lambda rows: Held(transaction_id, tokens, *rows[0]))


def hold(
    *,
    transaction_id: UUID,
    tokens: int,
    operation: str,
    user_id: UUID,
    department_id: UUID | None,
    seconds: int,
    price_book_version: int | None,
    details: dict[str, Any] | None = None,
) -> Held:
    """Reserve `tokens` for `seconds`.

    `price_book_version` is the price book by which an operation of ours costs so much; None for an integrator's own
    AI, which has no price. Raises InsufficientTokens, TokenDebt, QuotaExceeded or SpendingSuspended: nothing is held.
    """
    with refusals():
        return hold_query(
            transaction_id=transaction_id,
            tokens=tokens,
            operation=operation,
            user_id=user_id,
            department_id=department_id,
            seconds=seconds,
            price_book_version=price_book_version,
            details=details,
        ).fetch()


def settle_query(*, transaction_id: UUID, tokens: int, details: dict[str, Any] | None = None) -> Query[Ended]:
    """Return the query of `settle`, to be run inside `refusals()`."""
    return _end_query(transaction_id, HoldStatus.SETTLED, tokens, details, "")


def settle(*, transaction_id: UUID, tokens: int, details: dict[str, Any] | None = None) -> Ended:
    """Charge `tokens` of a hold and release the rest.

    Safe to repeat. Raises NotFound, Invalid for more than is held, HoldFinalized for a hold that ended
    otherwise or whose time is over.
    """
    with refusals():
        return settle_query(transaction_id=transaction_id, tokens=tokens, details=details).fetch()


def release_query(*, transaction_id: UUID, details: dict[str, Any] | None = None, reason: str = "") -> Query[Ended]:
    """Return the query of `release`, to be run inside `refusals()`."""
    return _end_query(transaction_id, HoldStatus.RELEASED, 0, details, reason)


def release(*, transaction_id: UUID, details: dict[str, Any] | None = None, reason: str = "") -> Ended:
    """Return everything a hold reserved to the buckets it came from.

    Safe to repeat. Raises NotFound, HoldFinalized.
    """
    with refusals():
        return release_query(transaction_id=transaction_id, details=details, reason=reason).fetch()


def _end_query(
    transaction_id: UUID, status: HoldStatus, tokens: int, details: dict[str, Any] | None, reason: str
) -> Query[Ended]:
    """Return the query that ends a hold: charges `tokens`, releases the rest."""
    statement = Statement(
        "SELECT * FROM tokens_hold_end(%s, %s, %s, %s, %s, %s)",
        (transaction_id, status, tokens, as_json(details or {}), current_actor_json(), reason),
    )
    return Query(statement, lambda rows: Ended(transaction_id, *rows[0]))


def receipt_expression(transaction_id: UUID) -> Statement:
    """Return the SQL expression for what was charged of a hold and the balance after it, in the commit that ends it."""
    return Statement("tokens_receipt(%s)", (transaction_id,))


def extend(*, transaction_id: UUID, seconds: int, seconds_max: int) -> datetime:
    """Let an open hold last `seconds` from now, at most `seconds_max` since it was placed; return until when.

    Never shortens it. Raises NotFound, HoldFinalized.
    """
    with refusals():
        [(until,)] = _call(
            "SELECT tokens_hold_extend(%s, %s, %s, %s)", transaction_id, seconds, seconds_max, current_actor_json()
        )
    return cast(datetime, until)


def absorb_query(*, transaction_id: UUID, tokens: int) -> Query[str | None]:
    """Record a result that came after its hold had ended; nothing is charged, and once is enough.

    Answers how the hold ended, or None when there was nothing (more) to record.
    """
    statement = Statement("SELECT tokens_hold_absorb(%s, %s, %s)", (transaction_id, tokens, current_actor_json()))
    return Query(statement, lambda rows: rows[0][0])


def grant(
    *,
    source: Source,
    tokens: int,
    business_key: str,
    expires_at: datetime | None = None,
    reason: str = "",
    period_started_at: datetime | None = None,
) -> bool:
    """Grant a bucket, once per business key; return whether this call did it.

    `period_started_at` makes it the allowance of a period that ends at `expires_at`.
    Raises Invalid for no tokens or an expiry in the past.
    """
    arguments = (source, tokens, expires_at, business_key, reason, period_started_at, current_actor_json())
    with refusals():
        [(_, granted_now)] = _call("SELECT * FROM tokens_grant(%s, %s, %s, %s, %s, %s, %s)", *arguments)
    return bool(granted_now)


NO_ALLOTMENT = "none"


def allot(*, source: Source, key: str, tokens: int, expires_at: datetime, reason: str) -> int:
    """Let the source offer `tokens` in all under `key` until `expires_at`; return how many are left to spend.

    What was spent or is held of the allotment counts, so it never offers more than that, and less than was spent
    offers nothing. A target, not an increment: repeating changes nothing. Other allotments of the source end.
    """
    with refusals():
        [(left,)] = _call(
            "SELECT tokens_allot(%s, %s, %s, %s, %s, %s)", source, key, tokens, expires_at, reason, current_actor_json()
        )
    return int(left)


def end_allotments(*, source: Source, reason: str) -> None:
    """Offer no more tokens of the source. What is held may still be settled; what returns expires."""
    with refusals():
        _call("SELECT tokens_allot(%s, %s, 0, NULL, %s, %s)", source, NO_ALLOTMENT, reason, current_actor_json())


@dataclass(frozen=True)
class Clawed:
    """The effect of a clawback: `tokens` into (+) or out of (-) the bucket, `debt` up (+) or down (-)."""

    tokens: int
    debt: int


def claw(*, business_key: str, tokens: int, reason: str) -> Clawed:
    """Set how many tokens of a granted bucket are clawed back in total; a smaller total reinstates the rest.

    A target, not an increment: repeating changes nothing. Raises NotFound, or Invalid beyond the grant.
    """
    with refusals():
        [(_, moved, debt)] = _call(
            "SELECT * FROM tokens_claw(%s, %s, %s, %s)", business_key, tokens, current_actor_json(), reason
        )
    return Clawed(moved, debt)


def freeze(*, business_key: str, frozen: bool, reason: str) -> bool:
    """Freeze or thaw a bucket; frozen tokens stay visible and cannot be held. Return True if that changed anything."""
    [(changed,)] = _call("SELECT tokens_freeze(%s, %s, %s, %s)", business_key, frozen, current_actor_json(), reason)
    return bool(changed)


def open_account() -> None:
    """Open the organization's token account; opening it again changes nothing."""
    _call("SELECT tokens_account_open()")


def suspend(*, reason: str) -> int:
    """Stop all spending and revoke every open hold; return how many."""
    [(revoked,)] = _call("SELECT tokens_suspend(%s, %s)", current_actor_json(), reason)
    return int(revoked)


def resume(*, reason: str) -> bool:
    """Allow spending again; return whether it was stopped."""
    [(resumed,)] = _call("SELECT tokens_resume(%s, %s)", current_actor_json(), reason)
    return bool(resumed)


def sweep() -> None:
    """Release expired holds and expire buckets of the organization acted for."""
    _call("SELECT tokens_sweep(%s)", current_actor_json())


def sweep_many(organization_ids: Sequence[UUID]) -> set[UUID]:
    """Release expired holds and expire buckets of those organizations that are ordinary, in one commit; return these.

    Needs the system context. Those with debt, a moved clock or several late holds are for `sweep_each`, and so are
    those that are being written to.
    """
    [(swept,)] = _call("SELECT tokens_sweep_many(%s, %s)", list(organization_ids), current_actor_json())
    return set(swept)


def sweep_each(organization_ids: Sequence[UUID]) -> int:
    """Release expired holds and expire buckets of one organization after another in one commit; return how many.

    Needs the system context. Organizations that are being written to are left for the next run.
    """
    [(swept,)] = _call("SELECT tokens_sweep_each(%s, %s)", list(organization_ids), current_actor_json())
    return int(swept)


def set_quota(*, scope: QuotaScope, subject_id: UUID, tokens: int, reason: str = "") -> UUID:
    """Set the most that the subject may spend in a period; what it has spent in this one counts."""
    [(quota_id,)] = _call(
        "SELECT tokens_quota_set(%s, %s, %s, %s, %s)", scope, subject_id, tokens, current_actor_json(), reason
    )
    return UUID(str(quota_id))


def raise_quota(*, scope: QuotaScope, subject_id: UUID, tokens: int, reason: str = "") -> UUID:
    """Let the subject spend `tokens` more than its quota in the present period; return the quota.

    Raises NotFound without a quota, InsufficientTokens for more than is available, Invalid for no tokens.
    """
    with refusals():
        [(quota_id,)] = _call(
            "SELECT tokens_quota_raise(%s, %s, %s, %s, %s)", scope, subject_id, tokens, current_actor_json(), reason
        )
    return UUID(str(quota_id))


def remove_quota(*, quota_id: UUID, reason: str = "") -> bool:
    """Remove a quota; return whether there was one."""
    [(removed,)] = _call("SELECT tokens_quota_remove(%s, %s, %s)", quota_id, current_actor_json(), reason)
    return bool(removed)


def _call(sql: str, *arguments: Any) -> list[Row]:
    return Query(Statement(sql, arguments), lambda rows: rows).fetch()


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the refusals of the SQL functions, recognized by SQLSTATE, into domain errors."""
    try:
        yield
    except DatabaseError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        refusal = _refusal(
            getattr(diagnosis, "sqlstate", None),
            getattr(diagnosis, "message_primary", None) or "",
            getattr(diagnosis, "message_detail", None) or "{}",
        )
        if refusal is None:
            raise
        raise refusal from error


def _refusal(sqlstate: str | None, message: str, detail: str) -> DomainError | None:
    if sqlstate is None or not sqlstate.startswith("MP"):
        return None
    refused = json.loads(detail)
    match sqlstate:
        case "MP401":
            return insufficient(**refused)
        case "MP402":
            return in_debt(**refused)
        case "MP403":
            return quota_reached(**refused)
        case "MP404":
            return NotFound(f"There is {message}." if message.startswith("no") else f"{message}.")
        case "MP409":
            ended = refused.pop("status")
            return HoldFinalized(f"The hold has ended: it is {ended}.", hold_status=ended, **refused)
        case "MP410":
            return OrganizationIsClosed()
        case "MP423":
            return SpendingSuspended(
                "AI is off: a payment is overdue, or the plan is paused. Owners turn it on again on the billing page."
            )
    return Invalid(f"{message[:1].upper()}{message[1:]}.", **refused)


def insufficient(*, needed: int, available: int) -> InsufficientTokens:
    """Return the error that says what was needed, what is available, and the next steps."""
    return InsufficientTokens(
        f"This needs {needed} tokens and {available} are available."
        " Wait for the next allowance, buy a pack, or ask for a smaller piece.",
        needed=needed,
        available=available,
    )


def in_debt(*, debt: int) -> TokenDebt:
    """Return the refusal for an account in debt."""
    return TokenDebt(
        f"{debt} tokens were refunded after they had been spent. AI is off until the next grant repays them.", debt=debt
    )


def quota_reached(*, scope: str, limit: int, used: int, needed: int) -> QuotaExceeded:
    """Return the refusal which names the tightest quota."""
    whose = {"user": "Your", "department": "Your department's", "organization": "Your organization's"}[scope]
    return QuotaExceeded(
        f"{whose} quota is {limit} tokens a period; {used} are used and this needs {needed}."
        " Ask an owner or admin for more.",
        scope=scope,
        limit=limit,
        used=used,
        needed=needed,
    )
