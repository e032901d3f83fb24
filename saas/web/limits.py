"""Per-key and per-address request limits, counted by django-ratelimit; open when Redis is away."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_ratelimit.core import get_usage

from saas.kernel.errors import DomainError


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


def count(request: HttpRequest, *, group: str, key: str, per_minute: int) -> dict[str, Any] | None:
    """Count a request against a limit and return the usage; None when nothing can be counted now.

    `time_left` is in whole seconds, rounded up: whoever waits that long is in the next window.
    """
    usage: dict[str, Any] | None = get_usage(
        request, group=group, key=lambda *_: key, rate=f"{per_minute}/m", increment=True
    )
    if usage is not None:
        usage["time_left"] += 1  # the window's last second belongs to it
    return usage


def enforce(request: HttpRequest, *, group: str, key: str, per_minute: int) -> dict[str, Any] | None:
    """Count a request and raise RateLimited when it is one too many; return the usage for the headers."""
    usage = count(request, group=group, key=key, per_minute=per_minute)
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
                enforce(request, group=group, key=client_address(request), per_minute=per_minute)
            return view(request, *args, **kwargs)

        return limited_view

    return decorate
