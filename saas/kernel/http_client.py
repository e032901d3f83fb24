"""HTTP to servers of others: a capped body, no redirects, no proxies. Run what it does by `saas.kernel.background`."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2

CONNECT_SECONDS = 5.0


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
    """Return a client for one server. The environment is not asked: a proxy variable must not get a key.

    Connections are not limited here (the threads that call are) and reads are bounded by the deadline in
    `saas.kernel.background`; only connecting has a timeout of its own, to leave time for another server.
    """
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
    return httpx2.AsyncClient(
        transport=CappedTransport(bytes_max=bytes_max, trust_env=False, limits=limits),
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        headers={"Accept-Encoding": "identity"},
    )
