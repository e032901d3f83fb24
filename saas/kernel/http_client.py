"""HTTP to servers of others: a capped body, no redirects, no proxies. Run what it does by `saas.kernel.background`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import httpx2

CONNECT_SECONDS = 5.0
IDLE_MAX = 64
"""Connections to one server that are kept open for the next calls."""


class ResponseTooLarge(httpx2.TransportError):
    """The body went over its cap; what was left of it was not read."""


class _Body(httpx2.AsyncByteStream):
    """A response's body of at most `bytes_max`; its connection is given back when it is closed."""

    def __init__(
        self, stream: httpx2.AsyncByteStream, bytes_max: int, give_back: Callable[[], Awaitable[None]]
    ) -> None:
        self._stream = stream
        self._bytes_max = bytes_max
        self._give_back = give_back
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._bytes_max
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise ResponseTooLarge(f"The body has more than {self._bytes_max} bytes.")
            yield chunk

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            await self._stream.aclose()
        finally:
            await self._give_back()


class CappedTransport(httpx2.AsyncBaseTransport):
    """Connections to one server, one for each call at a time, and bodies that end at `bytes_max`.

    Each connection is a pool of its own: httpx's pool looks at all its connections, and asks the kernel about the idle
    ones, whenever one is taken or given back, so it costs more the more calls are in flight.
    """

    def __init__(self, *, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._tls = httpx2.create_ssl_context(trust_env=False)
        self._idle: list[httpx2.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send. A body that comes compressed, unasked, stays so: the cap counts what memory would hold."""
        connection = self._idle.pop() if self._idle else httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await connection.aclose()
            raise
        response.headers.pop("Content-Encoding", None)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Body(response.stream, self._bytes_max, partial(self._give_back, connection))
        return response

    async def _give_back(self, connection: httpx2.AsyncHTTPTransport) -> None:
        if len(self._idle) < IDLE_MAX:
            self._idle.append(connection)
        else:
            await connection.aclose()

    async def aclose(self) -> None:
        """Close the idle connections; one in use is closed by its call."""
        while self._idle:
            await self._idle.pop().aclose()


def client(*, bytes_max: int) -> httpx2.AsyncClient:
    """Return a client for one server. The environment is not asked: a proxy variable must not get a key.

    Connections are not limited here (the threads that call are) and reads are bounded by the deadline in
    `saas.kernel.background`; only connecting has a timeout of its own, to leave time for another server.
    """
    return httpx2.AsyncClient(
        transport=CappedTransport(bytes_max=bytes_max),
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        headers={"Accept-Encoding": "identity"},
    )
