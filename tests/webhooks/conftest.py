"""A receiver on this machine, as a customer would write it: with the public library of Standard Webhooks."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from saas.kernel import tenancy
from saas.webhooks import delivery, outbox
from saas.webhooks.models import Delivery, Endpoint
from tests.conftest import Person, make_goal


@dataclass(frozen=True)
class Received:
    """A message whose signature was good."""

    id: str
    signatures: int
    message: dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    """Verifies, remembers, and answers as told."""

    protocol_version = "HTTP/1.1"
    server: "Receiver"

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            message = Webhook(self.server.secret).verify(body, dict(self.headers))
        except WebhookVerificationError:
            self.server.forged += 1
            self.answer(400)
            return
        signatures = len(self.headers["webhook-signature"].split())
        with self.server.taking:
            self.server.received.append(Received(self.headers["webhook-id"], signatures, message))
        self.server.behaviour(self)

    def answer(self, status: int, body: bytes = b"thank you", **headers: str) -> None:
        """Answer and hang up."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep the output clean."""


class Receiver(ThreadingHTTPServer):
    """Listens on loopback; `behaviour` answers each good message, `closing` ends whoever waits."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour: Callable[[Handler], object] = lambda handler: handler.answer(200)
        self.received: list[Received] = []
        self.secret = "whsec_" + "A" * 32
        self.forged = 0
        self.taking, self.closing = threading.Lock(), threading.Event()

    @property
    def url(self) -> str:
        """Return where to send."""
        return f"http://127.0.0.1:{self.server_address[1]}/hooks"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: callers hang up by design."""


@pytest.fixture
def open_receiver() -> Iterator[Callable[[], Receiver]]:
    """Start receivers."""
    opened = []

    def start() -> Receiver:
        receiver = Receiver()
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        opened.append((receiver, thread))
        return receiver

    yield start
    for receiver, thread in opened:
        receiver.closing.set()
        receiver.shutdown()
        thread.join()
        receiver.server_close()


@pytest.fixture
def receiver(open_receiver: Callable[[], Receiver]) -> Receiver:
    """A receiver."""
    return open_receiver()


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    """Let endpoints be on this machine."""
    settings.WEBHOOKS_TO_LOOPBACK = True


@pytest.fixture(autouse=True)
def nothing_waits(superuser: psycopg.Connection) -> None:
    """Forget the endpoints of other tests: their receivers are gone, and what they would be sent is counted here."""
    for table in ("attempt", "delivery", "secret", "endpoint"):
        superuser.execute(f"DELETE FROM webhooks_{table}")


@dataclass
class Hook:
    """An endpoint of somebody's that leads to a receiver."""

    owner: Person
    receiver: Receiver
    superuser: psycopg.Connection
    id: str = field(init=False)

    def __post_init__(self) -> None:
        made = self.owner.post("/webhook-endpoints", {"url": self.receiver.url}).json()
        self.id, self.receiver.secret = made["id"], made["secret"]

    @property
    def path(self) -> str:
        """Return its address in the API."""
        return f"/webhook-endpoints/{self.id}"

    def row(self) -> Endpoint:
        """Return the endpoint as it is now."""
        with self.owner.acting():
            return Endpoint.objects.get(id=self.id)

    def deliveries(self) -> list[Delivery]:
        """Return its deliveries, oldest first."""
        with self.owner.acting():
            return list(Delivery.objects.filter(endpoint_id=self.id).order_by("seq"))

    def log(self) -> list[dict[str, Any]]:
        """Return the log of the API, newest first."""
        data: list[dict[str, Any]] = self.owner.get(f"{self.path}/deliveries").json()["data"]
        return data

    def log_error(self) -> str:
        """Return why the newest attempt did not arrive."""
        error: str = self.log()[0]["attempts"][0]["error"]
        return error

    def happen(self, times: int = 1) -> None:
        """Let something happen."""
        for _ in range(times):
            make_goal(self.owner)

    def later(self, column: str = "due_at", by: str = "0 s") -> None:
        """Let time pass: what waits becomes due, or a claim runs out."""
        self.superuser.execute(
            f"UPDATE webhooks_delivery SET {column} = now() - %s::interval WHERE endpoint_id = %s AND {column} > now()",
            [by, self.id],
        )


@pytest.fixture
def hook(alice: Person, receiver: Receiver, superuser: psycopg.Connection) -> Hook:
    """Alice's endpoint."""
    return Hook(alice, receiver, superuser)


def work(seconds: float = 30) -> int:
    """Do what the workers do: make deliveries, send them; return how many calls that took."""
    with tenancy.system():
        outbox.publish()
        return delivery.deliver(seconds=seconds)
