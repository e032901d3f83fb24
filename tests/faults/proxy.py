"""A TCP proxy that breaks what it forwards: late, reset, hung, silent, or cut at a chosen statement."""

import os
import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import sleep

Address = str | tuple[str, int]
"""A Unix socket's path, or host and port."""

PREPARED = re.compile(rb"P.{4}(\w+)\0([^\0]+)\0", re.DOTALL)
RUN = re.compile(rb"B.{4}\0(\w+)\0", re.DOTALL)
"""PostgreSQL's messages that prepare a statement under a name, and that run the one of a name."""


@dataclass
class Cut:
    """Cut the connection at requests that contain `pattern`, or run a statement prepared before that does.

    With `after`, the server still gets them.
    """

    pattern: bytes
    after: bool
    times: int = 1
    hits: int = 0


class _Link:
    """One connection through the proxy."""

    def __init__(self, proxy: "Proxy", client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.is_silent = False
        self.prepared: dict[bytes, bytes] = {}
        for source, target, is_request in ((client, server, True), (server, client, False)):
            threading.Thread(target=self._pump, args=(source, target, is_request), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                while self.proxy.is_hung:
                    sleep(0.02)
                if self.is_silent:
                    continue
                if self.proxy.delay_seconds:
                    sleep(self.proxy.delay_seconds)
                cut = self.proxy.cut_for(self._asked(data)) if is_request else None
                if cut is None or cut.after:
                    target.sendall(data)
                if cut is not None:
                    if cut.after:
                        sleep(0.2)  # the server is done before the client knows
                    break
        self.reset()

    def _asked(self, data: bytes) -> bytes:
        """Return a request with the texts of the prepared statements that it runs."""
        self.prepared |= dict(PREPARED.findall(data))
        return b" ".join([data, *(self.prepared.get(name, b"") for name in RUN.findall(data))])

    def reset(self) -> None:
        """End both sides with a reset."""
        for each in (self.client, self.server):
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


class Proxy:
    """Forwards connections on loopback to `target`. New connections are served unless it is hung or refuses."""

    def __init__(self, target: Address) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._links: list[_Link] = []
        self._cut: Cut | None = None
        self._lock = threading.Lock()
        self.is_hung = self.refuses = False
        self.delay_seconds, self.cuts = 0.0, 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._listener.getsockname()[1])

    def silence(self) -> None:
        """Swallow what is sent on the present connections, without ending them; new ones work."""
        for link in self._links:
            link.is_silent = True

    def reset(self) -> None:
        """Reset all present connections."""
        links, self._links = self._links, []
        for link in links:
            link.reset()

    def cut(self, pattern: bytes, *, after: bool, times: int = 1) -> Cut:
        """Cut connections at requests with this text; the answer counts how often that was."""
        self._cut = Cut(pattern, after, times)
        return self._cut

    def heal(self) -> None:
        """Forward everything again; connections that were silenced stay silent."""
        self.is_hung = self.refuses = False
        self.delay_seconds, self._cut = 0.0, None

    def cut_for(self, data: bytes) -> Cut | None:
        """Return the cut that hits these bytes, and count it."""
        with self._lock:
            cut = self._cut
            if cut is None or cut.hits >= cut.times or cut.pattern not in data:
                return None
            cut.hits += 1
            self.cuts += 1
            return cut

    def close(self) -> None:
        """Stop listening and end all connections."""
        self._listener.close()
        self.is_hung = False
        self.reset()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refuses:
                    client.close()
                    continue
                with suppress(OSError):
                    self._links.append(_Link(self, client, self._connect()))

    def _connect(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        return server


@contextmanager
def proxy_to(target: Address) -> Iterator[Proxy]:
    """Run a proxy."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()


def postgres_address(conninfo: Mapping[str, object]) -> Address:
    """Return where a PostgreSQL of this connection string listens."""
    host, port = str(conninfo.get("host", "localhost")), str(conninfo.get("port", "5432"))
    return os.path.join(host, f".s.PGSQL.{port}") if host.startswith("/") else (host, int(port))  # noqa: PTH118
