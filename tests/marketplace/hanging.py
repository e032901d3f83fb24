"""A Stripe of real TCP that hangs: it takes connections and requests, and says nothing, or what it is told to."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

Answer = tuple[int, Mapping[str, Any]]
FOUND: Answer = (200, {"object": "list", "data": [], "has_more": False, "url": "/v1"})
DECLINED: Answer = (402, {"error": {"type": "card_error", "code": "card_declined", "message": "no"}})
REFUSED: Answer = (400, {"error": {"type": "invalid_request_error", "message": "no"}})
GONE: Answer = (404, {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "no"}})
TOO_MANY: Answer = (429, {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "no"}})
FORBIDDEN: Answer = (403, {"error": {"type": "invalid_request_error", "message": "no"}})
BROKEN: Answer = (500, {"error": {"type": "api_error", "message": "no"}})


class HangingStripe:
    """Counts the requests of real sockets; hangs while `answer` is None."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._open: list[socket.socket] = []
        self.answer: Answer | None = None
        self.requests = 0
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            while _request_is_read(client):
                self.requests += 1
                if self.answer is None:
                    continue  # the client waits until it gives up
                status, body = self.answer
                raw = json.dumps(body).encode()
                head = f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
                client.sendall(head.encode() + raw)

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        for client in self._open:
            client.close()


def _request_is_read(client: socket.socket) -> bool:
    """Read one request; return False at the end of the connection."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (chunk := client.recv(65_536)):
            return False
        head += chunk
    names, _, body = head.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in names.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    missing = int(lengths[0]) - len(body) if lengths else 0
    while missing > 0 and (chunk := client.recv(missing)):
        missing -= len(chunk)
    return missing <= 0


@contextmanager
def hanging_stripe() -> Iterator[HangingStripe]:
    """Run one."""
    server = HangingStripe()
    try:
        yield server
    finally:
        server.close()
