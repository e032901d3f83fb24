"""The fake Stripe as a server: the gateway's own HTTP client asks it over a socket, as it asks the real one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.db import connections
from django.test import Client

from fake_stripe import delivery, transport
from fake_stripe.transport import FakeRequest
from fake_stripe.wire import unflatten
from saas.kernel import tenancy

Refuse = Callable[[str, str], bool]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "FakeStripeServer"

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer("get")

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer("post")

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._answer("delete")

    def _answer(self, method: str) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        given = parse_qsl(body if method == "post" else address.query, keep_blank_values=True)
        try:
            if self.server.refuses(method, address.path):
                status, answer = 403, {"error": {"type": "invalid_request_error", "message": "This key may not."}}
            else:
                call = FakeRequest(method, address.path, unflatten(given), dict(self.headers.items()))
                with tenancy.organization(self.server.organization_id):
                    status, answer, _ = transport.answer(call)
                delivery.deliver_due(_post)
        finally:
            connections.close_all()
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def _post(body: bytes, signature: str) -> int:
    headers = {"Stripe-Signature": signature}
    return int(Client().post("/webhooks/stripe", body, "application/json", headers=headers).status_code)


class FakeStripeServer(ThreadingHTTPServer):
    """Serves one organization's objects; `refuses` says for which method and path its key has no leave."""

    daemon_threads = True
    organization_id: UUID
    refuses: Refuse = staticmethod(lambda method, path: False)


@contextmanager
def fake_stripe_server(organization_id: UUID) -> Iterator[FakeStripeServer]:
    """Run the server on loopback."""
    server = FakeStripeServer(("127.0.0.1", 0), _Handler)
    server.organization_id = organization_id
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
