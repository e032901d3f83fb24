"""The same key and body give the same answer, and the effect happens once.

Note [A claim and its answer]
    A request inserts its key in the commit that has its effect; a second one hits the unique
    constraint and is answered from the record. A request that does everything in one transaction stores
    key, effect and answer together. A metered operation claims the key with its hold and stores the
    answer with its settlement; in between the record has no answer, and the hold tells whether the
    request still runs. A refusal stores nothing: nothing happened, so the key may be used again.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError

from saas.kernel import tenancy
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7
from saas.kernel.serialization import JSONEncoder
from saas.kernel.transactions import Question, Statement, together, transaction
from saas.web.models import IdempotencyRecord
from saas.web.problems import ReplayedProblem


class IdempotencyKeyRequired(DomainError):
    """A POST that moves tokens or money came without a usable Idempotency-Key."""

    code, status, title = "idempotency_key_required", 400, "Idempotency-Key is required"


class IdempotencyKeyReused(DomainError):
    """The key was used for another request."""

    code, status, title = "idempotency_key_reused", 422, "The idempotency key belongs to another request"


class IdempotencyInProgress(DomainError):
    """The first request with this key is still running."""

    code, status, title = "idempotency_in_progress", 409, "The first request is still running"


KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")

DECIDING_SECONDS = 10
"""How long deciding may take before another request with the key may try: so long a killed process's mark stays."""


@dataclass(frozen=True)
class Claim:
    """An idempotency key (1 to 255 visible characters) and the SHA-256 of the request it stands for."""

    key: str
    request_hash: bytes


@dataclass(frozen=True)
class Answer:
    """What the caller gets, for the first time or again."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


def claim(*, key: str | None, request: str, body: Any) -> Claim:
    """Return the claim of a request, named by method and path, with a JSON body."""
    if not key or not KEY.fullmatch(key):
        raise IdempotencyKeyRequired(
            "Send an Idempotency-Key header of 1 to 255 visible ASCII characters, a new one for each new request."
        )
    canonical = json.dumps([request, body], sort_keys=True, cls=JSONEncoder)
    return Claim(key, sha256(canonical.encode("utf-8", "surrogatepass")).digest())


@contextmanager
def one_at_a_time(claim: Claim) -> Iterator[bool]:
    """Let one request with this key decide at a time; tell whether it is this one.

    A double click must not meet the battery twice. This is manners only: what makes the effect happen
    once is the unique key. So it is open when Redis is away, and ends by itself after a crash.
    """
    name = f"claim:{tenancy.current_organization_id()}:{sha256(claim.key.encode()).hexdigest()}"
    added = cache.add(name, True, timeout=DECIDING_SECONDS)
    if added is False:
        yield False
        return
    try:
        yield True
    finally:
        if added:  # else Redis is away, and would be waited for once more
            cache.delete(name)


def finding(key: str) -> Question[IdempotencyRecord | None]:
    """Ask for the earlier request with this key."""
    names = ("id", "organization_id", "key", "request_hash", "transaction_id", "user_id", "status", "answer")
    statement = Statement(
        f"SELECT {', '.join(names)} FROM web_idempotency WHERE organization_id = %s AND key = %s",
        (tenancy.current_organization_id(), key),
    )
    return Question(statement, lambda rows: _record(dict(zip(names, rows[0], strict=True))) if rows else None)


def _record(values: dict[str, Any]) -> IdempotencyRecord:
    answer = values.pop("answer")
    return IdempotencyRecord(**values, answer=None if answer is None else json.loads(answer))


def find(key: str) -> IdempotencyRecord | None:
    """Return the earlier request with this key, or None."""
    return finding(key).ask()


def require_same_request(record: IdempotencyRecord, claim: Claim) -> None:
    """Raise IdempotencyKeyReused when the key came with another request."""
    if bytes(record.request_hash) != claim.request_hash:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request. Use a new key.")


def claiming(claim: Claim, user_id: UUID, transaction_id: UUID | None) -> Statement:
    """Return the statement that takes the key; run it inside `conflicts()`, in the commit of the effect."""
    return Statement(
        "INSERT INTO web_idempotency (id, organization_id, key, request_hash, transaction_id, user_id)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (uuid7(), tenancy.current_organization_id(), claim.key, claim.request_hash, transaction_id, user_id),
    )


def completing(claim: Claim, *, status: int, body: dict[str, Any], transaction_id: UUID | None = None) -> Statement:
    """Return the statement that stores the answer and returns it; a transaction's receipt is added as `tokens`."""
    receipt = ("|| jsonb_build_object('tokens', tokens_receipt(%s))", [transaction_id]) if transaction_id else ("", [])
    return Statement(
        f"UPDATE web_idempotency SET status = %s, answer = %s::jsonb {receipt[0]}"
        " WHERE organization_id = %s AND key = %s RETURNING answer",
        (status, json.dumps(body, cls=JSONEncoder), *receipt[1], tenancy.current_organization_id(), claim.key),
    )


@contextmanager
def conflicts() -> Iterator[None]:
    """Turn a key that somebody took a moment ago into IdempotencyInProgress: asking again tells the outcome."""
    try:
        yield
    except IntegrityError as error:
        if "idempotency_key_once" not in str(error):
            raise
        raise in_progress() from error


def in_progress() -> IdempotencyInProgress:
    """Return the refusal for a key whose first request still runs."""
    return IdempotencyInProgress("The first request with this key is still running. Ask again shortly.", retry_after=1)


def answer_of(record: IdempotencyRecord) -> Answer:
    """Return the stored answer, or raise it where it was a problem."""
    assert record.status is not None and record.answer is not None
    if record.status >= 400:
        raise ReplayedProblem.from_problem(record.answer)
    return Answer(record.status, record.answer, replayed=True)


def answer_once(*, claim: Claim, user_id: UUID, effect: Callable[[], Answer]) -> Answer:
    """Have the effect, or return the answer it had before; key, effect and answer are one commit.

    What is returned is what was stored: the same to the last digit, the first time and again.
    """
    record = find(claim.key)
    if record is None:
        with conflicts(), transaction():
            together(claiming(claim, user_id, None))
            answer = effect()
            [[(stored,)]] = together(completing(claim, status=answer.status, body=answer.body))
        return Answer(answer.status, json.loads(stored))
    require_same_request(record, claim)
    return answer_of(record)
