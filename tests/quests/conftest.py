"""A provider of our own on loopback, which misbehaves as told, over real sockets."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from quests.providers import breaker

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class FakeProvider(ThreadingHTTPServer):
    """Answers every request with `behaviour`; keeps what it was asked."""

    daemon_threads = True
    request_queue_size = 128
    behaviour: Behaviour

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up on us by design."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeProvider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(
            {"path": self.path, "headers": self.headers, "body": json.loads(body), "from": self.client_address}
        )
        self.server.behaviour(self)

    def log_message(self, *args: Any) -> None:
        """Keep the test output clean."""


def reset_breakers() -> None:
    """Close every breaker of this process."""
    breaker._breakers.clear()


@pytest.fixture
def provider(settings: Settings) -> Iterator[FakeProvider]:
    """Configure `openai` at our own address."""
    server = FakeProvider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.AI_PROVIDER, settings.AI_FALLBACK = "openai", []
    settings.AI_MODEL, settings.AI_API_KEY, settings.AI_BASE_URL = "test-model", "sk-canary", server.url
    settings.AI_DEADLINE_SECONDS, settings.AI_RESPONSE_BYTES_MAX = 10.0, 64 * 1024
    reset_breakers()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()
    reset_breakers()
