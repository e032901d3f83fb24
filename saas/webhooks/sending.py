"""One HTTP call: to a public address, within one deadline, of a small answer, never anywhere else.

No redirects, no proxies, no cookies, no connection kept: each call stands alone.
"""

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore2 as httpcore

from saas.webhooks.addresses import may_connect

logger = logging.getLogger(__name__)

DEADLINE_SECONDS = 10.0
CONNECT_SECONDS = 5.0
ADDRESSES_TRIED = 3
ANSWER_BYTES = 1_000

NOWHERE = "The name does not lead to a public address."
"""For names that lead nowhere too: the difference would reveal which names exist inside."""

RESOLVERS = ThreadPoolExecutor(64, thread_name_prefix="webhook-name")
"""Own threads: a name server that does not answer must not hold up anybody else's calls."""


class NotPublic(Exception):
    """The name leads to an address that must not be called."""


@dataclass(frozen=True)
class EndpointAnswer:
    """The result of a call; `error` says why it did not arrive, where the status does not."""

    milliseconds: int
    status_code: int | None = None
    text: str = ""
    error: str = ""

    @property
    def arrived(self) -> bool:
        """Return True if the receiver took the message."""
        return not self.error and self.status_code is not None and 200 <= self.status_code < 300


class PublicAddresses(httpcore.AnyIOBackend):
    """Connects to public addresses only; see Note [Checked when connecting]."""

    async def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that takes it. Raises NotPublic, ConnectError."""
        refusal: Exception = NotPublic()
        for address in await addresses_of(host, port):
            try:
                return await super().connect_tcp(address, port, *args, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
        raise refusal

    async def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        """Raise NotPublic: no webhook goes to a Unix socket."""
        raise NotPublic


async def addresses_of(host: str, port: int) -> list[str]:
    """Return some addresses of the host; raise NotPublic when a single one of all is not public."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(RESOLVERS, resolve, host, port)
    except OSError as error:
        raise NotPublic from error
    if not all(may_connect(host, address) for address in found):
        raise NotPublic
    return found[:ADDRESSES_TRIED]


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a host, the preferred one first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def post(url: str, *, headers: Mapping[str, str], body: bytes) -> EndpointAnswer:
    """POST once and return the answer or error, within DEADLINE_SECONDS whatever the server does. Never raises."""
    started = time.monotonic()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            status_code, text = await _exchange(url, headers, body)
        error = "Redirects are not followed." if 300 <= status_code < 400 else ""
        return EndpointAnswer(_since(started), status_code, text, error)
    except Exception as error:  # whatever broke, the delivery must end its attempt
        return EndpointAnswer(_since(started), error=_why(error))


@cache
def trusted() -> ssl.SSLContext:
    """Return the certificates that this machine trusts, read once."""
    return httpcore.default_ssl_context()


async def _exchange(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    timeout = {"connect": CONNECT_SECONDS}
    async with (
        httpcore.AsyncConnectionPool(
            ssl_context=trusted(), network_backend=PublicAddresses(), max_keepalive_connections=0
        ) as pool,
        pool.stream("POST", url, headers=[*headers.items()], content=body, extensions={"timeout": timeout}) as answer,
    ):
        return answer.status, await _beginning(answer.aiter_stream())


async def _beginning(stream: Any) -> str:
    """Return the first ANSWER_BYTES as text that PostgreSQL can store; nobody reads the rest."""
    read = b""
    async for chunk in stream:
        read += chunk
        if len(read) >= ANSWER_BYTES:
            break
    return read[:ANSWER_BYTES].decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _why(error: Exception) -> str:
    """Return what broke in our own words: a library's text may contain addresses and names inside."""
    match error:
        case NotPublic():
            return NOWHERE
        case TimeoutError() | httpcore.ReadTimeout():
            return f"No answer within {DEADLINE_SECONDS:.0f} seconds."
        case httpcore.ConnectError() if tls := _tls(error):
            return f"The TLS connection failed: {tls}"[:200]
        case httpcore.ConnectError() | httpcore.ConnectTimeout():
            return "Nobody took the connection."
        case httpcore.NetworkError() | httpcore.ProtocolError():
            return "The connection broke before an answer came."
    logger.error("a webhook call failed in a new way", exc_info=error)
    return "The call failed."


def _tls(error: BaseException) -> str:
    causes: Iterable[BaseException | None] = (error.__cause__, error.__context__)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError):
            return "the other side does not speak it."
    return ""
