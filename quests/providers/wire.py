"""HTTP to a provider: a capped body, no redirects, no proxies, and every failure turned into a reply."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx2

from quests.providers.reply import GARBAGE, NOTHING, Call, Reply
from saas.kernel import background
from saas.metering.ai import Outcome

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0

NO_KEY = "none"
"""For servers that want no key. Without any, an SDK looks for one in the environment and sends that."""


class ResponseTooLarge(httpx2.TransportError):
    """The body went over its cap; what was left of it was not read."""


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, bytes_max: int) -> None:
        self._stream = stream
        self._bytes_max = bytes_max

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._bytes_max
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise ResponseTooLarge(f"The body has more than {self._bytes_max} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class CappedTransport(httpx2.AsyncHTTPTransport):
    """A transport whose bodies end at `bytes_max`."""

    def __init__(self, *, bytes_max: int, **options: Any) -> None:
        super().__init__(**options)
        self._bytes_max = bytes_max

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send. A body that comes compressed, unasked, stays so: the cap counts what memory would hold."""
        response = await super().handle_async_request(request)
        response.headers.pop("Content-Encoding", None)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Capped(response.stream, self._bytes_max)
        return response


def client(*, bytes_max: int) -> httpx2.AsyncClient:
    """Return a client for one provider. The environment is not asked: a proxy variable must not get the key.

    Connections are not limited here (the threads that call are) and reads are bounded by the deadline in
    `saas.kernel.background`; only connecting has a timeout of its own, to leave time for another provider.
    """
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
    return httpx2.AsyncClient(
        transport=CappedTransport(bytes_max=bytes_max, trust_env=False, limits=limits),
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        headers={"Accept-Encoding": "identity"},
    )


def ask(call: Call, work: Coroutine[Any, Any, bytes], understand: Callable[[Any], Reply]) -> Reply:
    """Run `work` under the call's deadline and understand the JSON it returns; failures are replies too."""
    try:
        body = background.run(work, seconds=call.seconds)
    except TimeoutError:
        return Reply(Outcome.TIMED_OUT, healthy=False)
    except Exception as error:  # whatever an SDK raises, the operation failed and its hold must end as failed
        return _failure(call, error)
    try:
        return understand(json.loads(body))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return GARBAGE


def _failure(call: Call, error: Exception) -> Reply:
    """Judge by the HTTP status that the SDKs put on their errors, or by what broke below them."""
    status, cause = getattr(error, "status_code", None), error.__cause__
    # Never the message: it may quote the prompt or the key.
    log.warning("%s failed: %r, %s, %s", call.endpoint.provider, type(error), type(cause).__name__, status)
    if isinstance(cause, ResponseTooLarge):
        return GARBAGE
    if status == 429:
        return Reply(Outcome.RATE_LIMITED, usage=NOTHING, healthy=False)
    if status is not None:
        return Reply(Outcome.FAILED, usage=NOTHING, healthy=status in (400, 413, 422))
    unsent = isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout)
    return Reply(Outcome.FAILED, usage=NOTHING if unsent else None, healthy=False)
