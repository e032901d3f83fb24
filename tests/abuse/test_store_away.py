"""Without its store the battery admits nothing and says so within about a second; all else goes on."""

import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import pytest
from pytest_django import Settings

from abuse.actions import admit, admit_integrator_hold, count_attempt, record_bad_input, withdraw
from abuse.battery import AbuseStoreUnavailable
from abuse.rules import Limits, Subject, Verdict
from tests.abuse.rate_status import rate_status

LIMITS = Limits(minimum_gap_seconds=0)


class Server:
    """A Redis of this test's own, to be killed, stopped and filled."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        program = shutil.which("redis-server", path=str(Path(sys.executable).parent)) or "redis-server"
        self.command = [
            program,
            *f"--port 0 --unixsocket {self.socket} --appendonly no --dir {folder}".split(),
        ]
        self.start()

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        while not self.listens():
            sleep(0.005)

    def listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.socket)) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        server = Server(Path(folder))
        settings.REDIS_URL = f"unix://{server.socket}?db=0"
        yield server
        server.kill()


def ask(subject: Subject) -> Verdict:
    return admit(subject=subject, tokens=1, limits=LIMITS)


def refused(subject: Subject) -> None:
    """Ask, and be refused: while the store hangs, nobody who waited for it would ever get here."""
    with pytest.raises(AbuseStoreUnavailable) as raised:
        ask(subject)
    error = raised.value
    assert (error.code, error.status, error.retry_after) == ("abuse_store_unavailable", 503, 5)


def test_killed_in_the_middle_and_back_again(server: Server, alice: Subject) -> None:
    assert ask(alice).allowed
    server.kill()
    refused(alice)
    server.start()
    assert ask(alice).allowed


def test_a_restart_between_two_requests_is_not_noticed(server: Server, alice: Subject) -> None:
    assert ask(alice).allowed
    server.kill()
    server.start()
    assert ask(alice).allowed


def test_a_store_that_hangs_is_given_up(server: Server, alice: Subject) -> None:
    ask(alice)
    server.process.send_signal(signal.SIGSTOP)
    refused(alice)
    server.process.send_signal(signal.SIGCONT)
    assert ask(alice).allowed


@pytest.mark.parametrize(
    "call",
    [
        lambda alice: admit(subject=alice, tokens=1, limits=LIMITS),
        lambda alice: admit_integrator_hold(subject=alice, tokens=1, limits=LIMITS),
        lambda alice: record_bad_input(subject=alice, limits=LIMITS),
    ],
    ids=["admit", "admit_integrator_hold", "record_bad_input"],
)
def test_what_admits_is_refused(server: Server, alice: Subject, call: Callable[[Subject], Verdict]) -> None:
    server.kill()
    with pytest.raises(AbuseStoreUnavailable):
        call(alice)


def test_what_only_counts_goes_on(server: Server, alice: Subject) -> None:
    verdict = ask(alice)
    server.kill()
    count_attempt(subject=alice, limits=LIMITS)
    withdraw(subject=alice, verdict=verdict)


def test_a_full_store_refuses_and_keeps_no_half_of_an_admission(server: Server, alice: Subject) -> None:
    ask(alice)
    redis_cli(server, "CONFIG SET maxmemory 1")
    refused(alice)
    redis_cli(server, "CONFIG SET maxmemory 0")
    now = rate_status(subject=alice, limits=LIMITS)
    assert (now.remaining, now.hour_tokens_of_user) == (29, 1)


def redis_cli(server: Server, command: str) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(server.socket))
        client.sendall(f"{command}\r\n".encode())
        assert client.recv(100) == b"+OK\r\n"


@pytest.fixture
def answers(settings: Settings) -> Iterator[list[bytes]]:
    """A store which gives to everything the one answer put into this list."""
    lines: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(65536):
                self.request.sendall(lines[0])

    class Fake(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    with tempfile.TemporaryDirectory(prefix="redis") as folder, Fake(f"{folder}/redis.sock", Handler) as fake:
        settings.REDIS_URL = f"unix://{folder}/redis.sock"
        threading.Thread(target=fake.serve_forever, args=(0.01,), daemon=True).start()
        yield lines
        fake.shutdown()


@pytest.mark.parametrize(
    "answer",
    [
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
        b"-READONLY You can't write against a read only replica.\r\n",
        b"-MISCONF Redis is configured to save RDB snapshots\r\n",
        b"-BUSY Redis is busy running a script.\r\n",
        b"-NOAUTH Authentication required.\r\n",
        b"-MASTERDOWN Link with MASTER is down\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
    ids=lambda answer: answer.split()[0].decode().lstrip("-"),
)
def test_any_error_is_the_same_refusal(answers: list[bytes], answer: bytes, alice: Subject) -> None:
    answers.append(answer)
    refused(alice)
