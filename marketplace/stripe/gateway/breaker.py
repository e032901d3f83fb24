"""The circuit breaker before Stripe: while it does not answer, nobody asks it, in whichever process they are.

It goes the way of `quests.providers.breaker`, and stands in Redis: a web server and a worker learn from each other's
time-outs. No answer and a 5xx count; any other answer, a decline or a refusal too, closes it. Without Redis every
call is admitted: then each is bounded by its own time-out only.
"""

import logging
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from marketplace.models.modes import BillingMode

logger = logging.getLogger(__name__)

FAILURES_MAX = 5
OPEN_SECONDS = 30
"""Longer than one call takes at most, so that no second trial begins beside the first."""
REMEMBERED_SECONDS = 600
"""How long failures count that no further call followed."""

LOOK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local failures = tonumber(redis.call('HGET', KEYS[1], 'failures') or '0')
local rest = tonumber(redis.call('HGET', KEYS[1], 'retry_at') or '0') - now
if failures < tonumber(ARGV[1]) then return 0 end
if rest > 0 then return rest end
if ARGV[3] == 'admit' then redis.call('HSET', KEYS[1], 'retry_at', now + ARGV[2] * 1000) end
return 0
"""
"""Returns for how many milliseconds nobody may call. A trial after the pause begins another one for all others."""

FAIL = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('HSET', KEYS[1], 'retry_at', now + ARGV[2] * 1000)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return failures
"""


def wait_seconds() -> float:
    """Return how long nobody may call; 0 while calls are admitted, and in the sandbox, which nothing can hang."""
    if settings.BILLING_MODE == BillingMode.SANDBOX:
        return 0.0
    return float(_run(LOOK, FAILURES_MAX, OPEN_SECONDS, "look") or 0) / 1000


def admit() -> float:
    """Take leave to call; return 0, or for how many seconds nobody may."""
    return float(_run(LOOK, FAILURES_MAX, OPEN_SECONDS, "admit") or 0) / 1000


def record(*, healthy: bool) -> None:
    """Record how an admitted call ended. If a trial never reports, another one follows a pause later."""
    if not healthy:
        if _run(FAIL, FAILURES_MAX, OPEN_SECONDS, REMEMBERED_SECONDS) == FAILURES_MAX:
            logger.error("Stripe does not answer: it is left alone for %s s, then tried once", OPEN_SECONDS)
    elif _run("return redis.call('DEL', KEYS[1])"):
        logger.warning("Stripe answers again")


def _run(script: str, *arguments: object) -> Any:
    try:
        return get_redis_connection("default").eval(script, 1, key(), *arguments)
    except RedisError:
        return None


def key() -> str:
    """Return the name of the breaker in Redis; another Stripe, or another account, has another one."""
    about = f"{settings.STRIPE_API_BASE} {settings.STRIPE_SECRET_KEY}"
    counters: Any = cache
    return str(counters.client.make_key(f"stripe-breaker:{sha256(about.encode()).hexdigest()}"))
