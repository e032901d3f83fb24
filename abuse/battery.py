"""The client of the counters in Redis: runs `battery.lua`, and takes admissions and blocks back.

Note [One wait]
    A request waits for the store half a second, once: short socket timeouts and no retries that add up. With what the
    cache may take, a store that hangs costs a request less than a second.
    A pooled connection which the server closed meanwhile is replaced by the client before it is used.
"""

import json
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from abuse.rules import Evidence, Limits, RequestRules, Subject, microseconds
from saas.kernel.errors import DomainError
from saas.kernel.ids import uuid7

ANSWER_SECONDS_MAX = 0.5
MARK_SECONDS = 10
"""How long an admitted request keeps its mark: until its hold and its key are committed, which takes far less."""

logger = logging.getLogger(__name__)


class AbuseStoreUnavailable(DomainError):
    """The store behind the battery did not answer, so no AI operation can be admitted."""

    code, status, title = "abuse_store_unavailable", 503, "AI is unavailable for a moment"


class SentTwice(Exception):
    """A request with this mark was admitted a moment ago. Nothing was counted."""


class _Script(Protocol):
    def __call__(self, keys: Sequence[str], args: Sequence[str | int]) -> Any: ...


def measure(*, check: RequestRules, subject: Subject, tokens: int, limits: Limits, mark: str | None = None) -> Evidence:
    """Count one request in Redis and return what was measured; `mark` names it, so that it is admitted once at a time.

    Raises AbuseStoreUnavailable, SentTwice.
    """
    admission_id = uuid7()
    request = {
        "id": str(admission_id),
        "rules": [rule.name for rule in check.rules],
        "counts": check.counts,
        "spends": check.spends,
        "tokens": tokens,
        "requests_per_minute": limits.requests_per_minute,
        "request_tokens_max": limits.request_tokens_max,
        "failed_attempts_max": limits.failed_attempts_max,
        "minute": microseconds(limits.minute_seconds),
        "hour": microseconds(limits.hour_seconds),
        "gap": microseconds(limits.minimum_gap_seconds),
        "failed_window": microseconds(limits.failed_window_seconds),
        "block": microseconds(limits.block_seconds),
        "mark_milliseconds": MARK_SECONDS * 1000,
    }
    keys = [*_user_keys(subject.user_id, "attempts", "accepted", "failures", "block"), *_hour_keys(subject)]
    reply = _run("battery", keys + _mark_keys(mark), json.dumps(request))
    if not reply:
        raise SentTwice
    measured = dict(zip(reply[::2], reply[1::2], strict=True))
    return Evidence(admission_id=admission_id, tokens=tokens, limits=limits, **measured)


def withdraw(*, subject: Subject, admission_id: UUID, tokens: int, mark: str | None = None) -> None:
    """Take back an admission's gap stamp, its tokens in the hour and its mark. Raises AbuseStoreUnavailable."""
    keys = [*_user_keys(subject.user_id, "accepted"), *_hour_keys(subject)]
    _run("withdraw", keys + _mark_keys(mark), str(admission_id), tokens)


def lift(*, user_id: UUID, block_key: UUID) -> None:
    """End the user's block now if it is still this one. Raises AbuseStoreUnavailable."""
    _run("lift", _user_keys(user_id, "block"), str(block_key))


def _user_keys(user_id: UUID, *names: str) -> list[str]:
    return [f"{settings.ABUSE_KEY_PREFIX}user:{user_id}:{name}" for name in names]


def _hour_keys(subject: Subject) -> list[str]:
    organization = f"{settings.ABUSE_KEY_PREFIX}organization:{subject.organization_id}:hour"
    return [*_user_keys(subject.user_id, "hour"), organization]


def _mark_keys(mark: str | None) -> list[str]:
    return [f"{settings.ABUSE_KEY_PREFIX}mark:{mark}"] if mark else []


def _run(name: str, keys: Sequence[str], *args: str | int) -> Any:
    try:
        return _script(settings.REDIS_URL, name)(keys=keys, args=args)
    except RedisError as error:
        logger.warning("the abuse store did not answer: %s", type(error).__name__)
        raise AbuseStoreUnavailable(
            "AI requests cannot be checked right now, so none are started. Nothing was charged.",
            retry_after=5,
        ) from error


@cache
def _script(url: str, name: str) -> _Script:
    script: _Script = _client(url).register_script(Path(__file__).with_name(f"{name}.lua").read_text())
    return script


@cache
def _client(url: str) -> Redis:
    """Return the process's client of one server; see Note [One wait]."""
    return Redis.from_url(
        url,
        decode_responses=True,
        protocol=2,
        socket_connect_timeout=ANSWER_SECONDS_MAX,
        socket_timeout=ANSWER_SECONDS_MAX,
        retry=Retry(NoBackoff(), 0),
    )
