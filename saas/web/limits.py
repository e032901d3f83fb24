"""Per-key and per-address request limits, counted in Redis in one round trip; open when it is away."""

from collections.abc import Callable
from hashlib import sha256
from time import time
from typing import Any
from zlib import crc32

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from saas.kernel.errors import DomainError

MINUTE_SECONDS = 60
KEPT_LONGER_SECONDS = 5
"""How long a counter outlives its minute: the servers' clocks need not agree."""


class RateLimited(DomainError):
    """Too many requests in the present window."""

    code, status, title = "rate_limited", 429, "Too many requests"


def client_address(request: HttpRequest) -> str:
    """Return the address that asks; forwarded addresses count only as far as our own proxies wrote them."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    if trusted and len(hops) >= trusted:
        return str(hops[-trusted])
    return str(request.META.get("REMOTE_ADDR") or "local")


def count(*, group: str, key: str, per_minute: int) -> dict[str, Any] | None:
    """Count a request against a limit and return the usage; None when nothing can be counted now.

    `time_left` is in whole seconds, rounded up: whoever waits that long is in the next window.
    """
    ends_at = _window_end(key)
    number = _increment(f"rl:{sha256(f'{group}:{per_minute}:{key}:{ends_at}'.encode()).hexdigest()}")
    if number is None:
        return None
    # The window's last second belongs to it.
    return {
        "count": number,
        "limit": per_minute,
        "should_limit": number > per_minute,
        "time_left": ends_at - int(time()) + 1,
    }


def _window_end(key: str) -> int:
    """Return the last second of the key's present minute; each key's begins at another second."""
    now = int(time())
    end = now - now % MINUTE_SECONDS + crc32(key.encode()) % MINUTE_SECONDS
    return end if end >= now else end + MINUTE_SECONDS


def _increment(name: str) -> int | None:
    """Return how often a name was counted, this time included; None when Redis is away."""
    counters: Any = cache
    key = str(counters.client.make_key(name))
    try:
        commands = get_redis_connection("default").pipeline(transaction=False)
        commands.set(key, 0, ex=MINUTE_SECONDS + KEPT_LONGER_SECONDS, nx=True)
        return int(commands.incr(key).execute()[-1])
    except RedisError:
        return None


def enforce(*, group: str, key: str, per_minute: int) -> dict[str, Any] | None:
    """Count a request and raise RateLimited when it is one too many; return the usage for the headers."""
    usage = count(group=group, key=key, per_minute=per_minute)
    require_room(usage, per_minute=per_minute)
    return usage


def require_room(usage: dict[str, Any] | None, *, per_minute: int) -> None:
    """Raise RateLimited when a counted request is one too many."""
    if usage is not None and usage["should_limit"]:
        raise RateLimited(
            f"At most {per_minute} requests a minute are possible here. Try again when the minute is over.",
            retry_after=usage["time_left"],
            limit=per_minute,
        )


def limited(*, group: str, per_minute: int) -> Callable[..., Any]:
    """Limit the POSTs to a view per client address."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def limited_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                enforce(group=group, key=client_address(request), per_minute=per_minute)
            return view(request, *args, **kwargs)

        return limited_view

    return decorate
