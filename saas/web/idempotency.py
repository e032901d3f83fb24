"""The same key and body give the same answer, and the effect happens once.

Note [A claim and its answer]
    There is one protocol, of four steps: find the record of the key (`find_query`), answer from it if there is one
    (`replay`), else insert the key (`claim_statement`) and store the answer (`complete_statement`). A second request
    that finds no record hits the unique constraint (`conflicts`). What differs is the commits of the last two steps:
        answer_once        both in the commit of the effect
        answer_when_done   both after an effect of several commits or calls, which is safe to repeat by itself
        metering.pipeline  the key with the hold, the answer with its end; in between the record has no answer, and
                           the hold shows whether the request still runs
    A refusal stores nothing: nothing happened, so the key may be used again.

Note [Answers with a secret]
    An answer that shows a secret is stored too, or a lost answer would lose the secret. It is encrypted (see
    Note [Encrypted, not hashed]), only the person who asked first gets it again, and it goes when its key is forgotten.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from saas.kernel import tenancy
from saas.kernel.encryption import Unreadable, decrypt, encrypt
from saas.kernel.errors import Conflict, DomainError, Invalid
from saas.kernel.ids import uuid7
from saas.kernel.serialization import JSONEncoder, as_json
from saas.kernel.transactions import Query, Statement, run_batch, transaction
from saas.web.models import IdempotencyRecord
from saas.web.problems import ReplayedProblem, as_problem


class IdempotencyKeyRequired(DomainError):
    """A POST that moves tokens or money came without an Idempotency-Key."""

    code, status, title = "idempotency_key_required", 400, "Idempotency-Key is required"


class IdempotencyKeyReused(DomainError):
    """The key was used for another request."""

    code, status, title = "idempotency_key_reused", 422, "The idempotency key belongs to another request"


class IdempotencyInProgress(DomainError):
    """The first request with this key is still running."""

    code, status, title = "idempotency_in_progress", 409, "The first request is still running"


HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")

REMEMBERED = timedelta(hours=24)
"""How long a key is remembered; Stripe's promise is the same."""

ENCRYPTED_FOR = "idempotency.answer"

DECIDING_SECONDS = 10
"""How long an effect may take before another request with the key may try: so long a killed process's mark stays."""


@dataclass(frozen=True)
class Claim:
    """An idempotency key (1 to 255 visible characters) and the SHA-256 of the request it stands for."""

    key: str
    request_hash: bytes


@dataclass(frozen=True)
class Answer:
    """What the caller gets, for the first time or again; see Note [Answers with a secret]."""

    status: int
    body: dict[str, Any]
    replayed: bool = False
    has_secret: bool = False


def created(body: dict[str, Any]) -> Answer:
    """Return the answer to a request that made something."""
    return Answer(201, body)


def failed(error: DomainError) -> Answer:
    """Return the answer that tells an error: whoever repeats the key is refused alike, see `replay`."""
    return Answer(error.status, as_problem(error))


def claim(*, key: str | None, request: str, body: Any) -> Claim:
    """Return the claim of a request, named by method and path, with a JSON body; raise without a usable key."""
    rule = f"Send an {HEADER} header of 1 to 255 visible ASCII characters, a new one for each new request."
    if not key:
        raise IdempotencyKeyRequired(rule)
    if not KEY.fullmatch(key):
        raise Invalid(rule, errors=[{"parameter": HEADER, "code": "invalid", "detail": rule}])
    canonical = json.dumps([request, body], sort_keys=True, cls=JSONEncoder)
    return Claim(key, sha256(canonical.encode("utf-8", "surrogatepass")).digest())


def mark(claim: Claim) -> str:
    """Return the name of an organization's key where names are short and plain, as in Redis."""
    return f"{tenancy.current_organization_id()}:{sha256(claim.key.encode()).hexdigest()}"


@contextmanager
def one_at_a_time(claim: Claim) -> Iterator[bool]:
    """Let only one request with this key have its effect at a time; return whether it is this one.

    This is manners only: what makes the effect happen once is the unique key. So it is open when Redis is away, and
    ends by itself: after a crash, and after success too, since whoever comes later finds the record first. After a
    failure the key may be used at once.
    """
    name = f"claim:{mark(claim)}"
    added = cache.add(name, True, timeout=DECIDING_SECONDS)
    if added is False:
        yield False
        return
    try:
        yield True
    except BaseException:
        if added:  # else Redis is away, and would be waited for once more
            cache.delete(name)
        raise


def find_query(key: str) -> Query[IdempotencyRecord | None]:
    """Return the query of the earlier request with this key."""
    names = (
        *("id", "organization_id", "key", "request_hash", "transaction_id", "user_id"),
        *("status", "answer", "encrypted_answer"),
    )
    statement = Statement(
        f"SELECT {', '.join(names)} FROM web_idempotency WHERE organization_id = %s AND key = %s",
        (tenancy.current_organization_id(), key),
    )
    return Query(statement, lambda rows: _record(dict(zip(names, rows[0], strict=True))) if rows else None)


def _record(values: dict[str, Any]) -> IdempotencyRecord:
    answer = values.pop("answer")
    return IdempotencyRecord(**values, answer=None if answer is None else json.loads(answer))


def find(key: str) -> IdempotencyRecord | None:
    """Return the earlier request with this key, or None."""
    return find_query(key).fetch()


def require_same_request(record: IdempotencyRecord, claim: Claim) -> None:
    """Raise IdempotencyKeyReused when the key came with another request."""
    if bytes(record.request_hash) != claim.request_hash:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request. Use a new key.")


def replay(record: IdempotencyRecord, *, claim: Claim, user_id: UUID) -> Answer:
    """Return the first answer of a key again, or raise it where it was a problem.

    Raises IdempotencyKeyReused for another request, or somebody else's secret; IdempotencyInProgress while there is
    no answer; Conflict for one that can no longer be decrypted.
    """
    require_same_request(record, claim)
    if record.status is None:
        raise in_progress()
    if record.encrypted_answer is not None:
        if record.user_id != user_id:
            raise IdempotencyKeyReused("This Idempotency-Key was used by somebody else. Use a new key.")
        return Answer(record.status, _decrypted(record.encrypted_answer), replayed=True, has_secret=True)
    assert record.answer is not None
    if record.status >= 400:
        raise ReplayedProblem.from_problem(record.answer)
    return Answer(record.status, record.answer, replayed=True)


def _decrypted(answer: str) -> dict[str, Any]:
    try:
        return dict(json.loads(decrypt(answer, purpose=ENCRYPTED_FOR)))
    except Unreadable as error:
        raise Conflict(
            "This request was answered, and its answer can no longer be read. Look at what it made, then use a new key."
        ) from error


def claim_statement(claim: Claim, user_id: UUID, transaction_id: UUID | None) -> Statement:
    """Return the statement that takes the key; run it inside `conflicts()`, in the commit of the effect."""
    return Statement(
        "INSERT INTO web_idempotency (id, organization_id, key, request_hash, transaction_id, user_id)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (uuid7(), tenancy.current_organization_id(), claim.key, claim.request_hash, transaction_id, user_id),
    )


def complete_statement(claim: Claim, answer: Answer, *, members: Mapping[str, Statement] | None = None) -> Statement:
    """Return the statement that stores an answer, encrypted where it shows a secret, and returns the stored text.

    `members` are SQL expressions: what the database computes in that commit is added to the body under their names.
    """
    body, computed = as_json(answer.body), (members or {}).items()
    added = "".join(f" || jsonb_build_object(%s::text, {expression.sql})" for _, expression in computed)
    values = [value for name, expression in computed for value in (name, *expression.params)]
    column = f"answer = %s::jsonb{added}"
    if answer.has_secret:
        assert not values, "what is encrypted can have nothing added"
        column, body = "encrypted_answer = %s", encrypt(body, purpose=ENCRYPTED_FOR)
    return Statement(
        f"UPDATE web_idempotency SET status = %s, {column} WHERE organization_id = %s AND key = %s RETURNING answer",
        (answer.status, body, *values, tenancy.current_organization_id(), claim.key),
    )


@contextmanager
def conflicts() -> Iterator[None]:
    """Raise IdempotencyInProgress if another request took the key a moment ago: a repetition gets its answer."""
    try:
        yield
    except IntegrityError as error:
        if "idempotency_key_once" not in str(error):
            raise
        raise in_progress() from error


def in_progress() -> IdempotencyInProgress:
    """Return the refusal for a key whose first request still runs."""
    return IdempotencyInProgress("The first request with this key is still running. Ask again shortly.", retry_after=1)


def answer_once(*, claim: Claim, user_id: UUID, effect: Callable[[], Answer]) -> Answer:
    """Have an effect of one commit, or return the answer it had before; key, effect and answer are that commit."""
    if record := find(claim.key):
        return replay(record, claim=claim, user_id=user_id)
    with conflicts(), transaction():
        run_batch(claim_statement(claim, user_id, None))
        answer = effect()
        run_batch(complete_statement(claim, answer))
    return _as_stored(answer)


def answer_when_done(*, claim: Claim, user_id: UUID, effect: Callable[[], Answer]) -> Answer:
    """Have an effect of several commits or calls, each safe to repeat, or return the answer it had before.

    The answer is stored afterwards: when a crash comes in between, the effect is had again.
    """
    with one_at_a_time(claim) as mine:
        if record := find(claim.key):
            return replay(record, claim=claim, user_id=user_id)
        if not mine:
            raise in_progress()
        answer = effect()
        with conflicts(), transaction():
            run_batch(claim_statement(claim, user_id, None), complete_statement(claim, answer))
    return _as_stored(answer)


def _as_stored(answer: Answer) -> Answer:
    """Return the answer as it will read again: the same to the last digit, the first time too."""
    return replace(answer, body=json.loads(as_json(answer.body)))


def outdated() -> QuerySet[IdempotencyRecord]:
    """Return the keys past their retention."""
    return IdempotencyRecord.objects.filter(created_at__lt=Now() - REMEMBERED)


def let_time_pass(by: timedelta) -> None:
    """Move the organization's answered keys back in time, and delete those that are outdated by then."""
    IdempotencyRecord.objects.filter(status__isnull=False).update(created_at=F("created_at") - by)
    outdated().delete()
