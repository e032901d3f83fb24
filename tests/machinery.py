"""Real processes, doubles at protocol level, and threads that start together."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIGKILL
from time import monotonic, sleep
from typing import Any, TypeVar
from uuid import uuid4

from django.db import connections

from tests.conftest import Person

Result = TypeVar("Result")


def at_once(jobs: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """Run each job in a thread with a database connection of its own, all from the same moment."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Result]) -> Result | Exception:
        barrier.wait()
        try:
            return job()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait for something that must come."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not come"
        sleep(0.01)


# An AI provider.

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One call to the provider; `asked` is its body."""

    protocol_version = "HTTP/1.1"
    server: "Provider"
    asked: dict[str, Any]

    def do_POST(self) -> None:
        """Count the call and behave as told."""
        self.asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.counting:
            self.server.calls += 1
        self.server.behaviour(self)
        self.server.answers += 1

    def reply(self, body: Any, status: int = 200) -> None:
        """Answer with JSON, or with bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: Any) -> None:
        """Keep the output clean."""


class Provider(ThreadingHTTPServer):
    """An OpenAI-compatible server on loopback which counts its calls and behaves as told.

    `closing` is set when the test is over, or to let go whoever hangs.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour: Behaviour = deliver()
        self.calls = self.answers = 0
        self.counting = threading.Lock()
        self.closing = threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        """What makes Milepost ask this provider."""
        url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        return {"AI_PROVIDER": "openai", "AI_MODEL": "double", "AI_BASE_URL": url, "AI_API_KEY": ""}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up by design."""


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider."""
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def quest(number: int) -> dict[str, Any]:
    """Return what a model writes for a gap of 12,000."""
    step = {"title": "Call the offices nearby", "amount": "4000.00", "due_on": "2026-01-01"}
    return {"title": f"Quest {number}", "summary": "Three steps to twelve thousand.", "steps": [step] * 3}


def completion(content: Any, *, usage: Any = None) -> dict[str, Any]:
    """Return a chat completion whose text is the content as JSON."""
    message = {"role": "assistant", "content": content if isinstance(content, str) else json.dumps(content)}
    usage = usage or {"prompt_tokens": 120, "completion_tokens": 40}
    return {"choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": usage}


def deliver(quests: int | None = None, *, after: Callable[[Handler], object] = lambda _: None) -> Behaviour:
    """Answer with so many quests, or with as many as were asked for, after something else has happened."""

    def behave(handler: Handler) -> None:
        after(handler)
        schema = handler.asked["response_format"]["json_schema"]["schema"]
        wanted = schema["properties"]["quests"]["maxItems"]
        handler.reply(completion({"quests": [quest(n) for n in range(wanted if quests is None else quests)]}))

    return behave


def hang(handler: Handler) -> None:
    """Never answer."""
    handler.server.closing.wait(60)
    handler.close_connection = True


# A Redis.


class Redis:
    """A Redis of the test's own, to be killed, stopped and started again; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        program = shutil.which("redis-server", path=str(Path(sys.executable).parent)) or "redis-server"
        options = f"--port 0 --unixsocket {self.socket} --appendonly no --dir {folder}"
        self._command = [program, *options.split(), "--save", ""]
        self.start()

    @property
    def url(self) -> str:
        """Return the REDIS_URL."""
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until(self.socket.exists)

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()


@contextmanager
def redis() -> Iterator[Redis]:
    """Run a Redis."""
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        server = Redis(Path(folder))
        try:
            yield server
        finally:
            server.kill()


# A web server.

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Reply:
    """What the API answered; the names of headers are in lower case."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        """Return the problem's code."""
        code: str | None = self.body.get("code")
        return code


@dataclass(frozen=True)
class Web:
    """A web server in processes of its own: a master and its workers."""

    port: int
    master: subprocess.Popen[bytes]

    def ask(self, person: Person, method: str, path: str, body: Any = None, *, key: str = "") -> Reply:
        """Ask the API with the person's key. Raises OSError or HTTPException when nobody answers."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Authorization": f"Bearer {person.api_key}",
            "Idempotency-Key": key or str(uuid4()),
            "Content-Type": "application/json",
        }
        try:
            client.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            response = client.getresponse()
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, json.loads(response.read()), headers)
        finally:
            client.close()

    def is_ready(self) -> bool:
        """Return True if a worker answers."""
        return _is_ready(self.port)

    def workers(self) -> list[int]:
        """Return the workers' process ids."""
        children = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text()
        found = [int(pid) for pid in children.split()]
        return [pid for pid in found if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def kill_workers(self) -> None:
        """Kill -9 every worker; the master starts new ones, or gives up when they die too often."""
        for pid in self.workers():
            os.kill(pid, SIGKILL)


@contextmanager
def web(environment: Mapping[str, str], *, workers: int = 1) -> Iterator[Web]:
    """Run the web server on this test's database, as `manage.py up` does."""
    port = _free_port()
    options = {
        "--interface": "wsgi",
        "--http": "1",
        "--host": "127.0.0.1",
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": "512",
        "--backlog": "2048",
        "--backpressure": "1024",
        "--respawn-interval": "0.1",
        "--log-level": "error",
    }
    words = [word for pair in options.items() for word in pair]
    flags = ["--respawn-failed-workers", "--no-access-log", "--no-ws"]
    master = subprocess.Popen(
        [sys.executable, "-m", "granian", *words, *flags, "saas.wsgi:application"],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "LOG_LEVEL": "ERROR", **environment},
        start_new_session=True,
    )
    server = Web(port, master)
    try:
        until(server.is_ready, seconds=120)
        yield server
    finally:
        os.killpg(master.pid, SIGKILL)
        master.wait()


# A worker.


@contextmanager
def worker(environment: Mapping[str, str], *, queues: str = "celery,money") -> Iterator[subprocess.Popen[bytes]]:
    """Run a Celery worker on this test's database, for what `manage.py up` has two, in a process group of its own."""
    options = "worker --loglevel ERROR --concurrency 2 --without-gossip --without-mingle --without-heartbeat"
    options += f" --queues {queues} --hostname {queues.replace(',', '-')}@%h"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "--app", "saas.celery", *options.split()],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "LOG_LEVEL": "ERROR", **environment},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 a process with all its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", "/readyz")
        return client.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()
