"""Requests made to be slow stop nobody: each ends at once, and others are answered meanwhile."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.conftest import Person, make_goal
from tests.machinery import Web, web

A = b"a" * 30_000
SLOW = {
    "host": b"GET / HTTP/1.1\r\nHost: " + A[:24_000] + b"\r\n",
    "host of the API": b"GET /api/v1/goals HTTP/1.1\r\nHost: " + A[:300] + b"\r\n",
    "host within the limit, of the API": b"GET /api/v1/goals HTTP/1.1\r\nHost: " + A[:255] + b"\r\n",
    "path": b"POST /gifts/" + A + b" HTTP/1.1\r\nHost: localhost\r\n",
    "path of the API": b"GET /api/v1/goals/" + A[:3_000] + b" HTTP/1.1\r\nHost: localhost\r\n",
    "path within the limit": b"POST /gifts/" + A[:2_000] + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n",
    "header": b"GET / HTTP/1.1\r\nHost: localhost\r\nReferer: " + b"?" * 30_000 + b"\r\n",
    "query of the API": b"GET /api/v1/goals?" + b"a@a-" * 5_000 + b" HTTP/1.1\r\nHost: localhost\r\n",
    "cookie": b"GET /login HTTP/1.1\r\nHost: localhost\r\nCookie: a=" + A + b"\r\n",
}
STATUS = {
    "host": 400, "host of the API": 400, "host within the limit, of the API": 400, "path": 414, "path of the API": 414,
    "header": 431, "query of the API": 431, "cookie": 431,
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with web({"LOG_FORMAT": "json", "LOG_LEVEL": "WARNING"}) as running:
        yield running


def send(server: Web, request: bytes) -> tuple[int, bytes]:
    """Return the status and the rest of the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as wire:
        wire.sendall(request + b"Connection: close\r\n\r\n")
        answer = b""
        while chunk := wire.recv(65_536):
            answer += chunk
    return int(answer.split(b" ", 2)[1]), answer


@pytest.mark.parametrize("what", STATUS)
def test_it_ends_at_once_and_by_name(server: Web, what: str) -> None:
    status, answer = send(server, SLOW[what])
    assert status == STATUS[what]
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"x-request-id" in head.lower()
    if "API" in what:
        problem = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])  # it comes in chunks
        assert b"application/problem+json" in head
        assert problem["status"] == status and problem["request_id"]


def test_others_are_answered_meanwhile(server: Web, alice: Person) -> None:
    goal, over = str(make_goal(alice).id), Event()

    def attack() -> int:
        sent = 0
        while not over.is_set():
            for request in SLOW.values():
                send(server, request)
                sent += 1
        return sent

    with ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(attack) for _ in range(8)]
        try:
            for _ in range(10):
                assert send(server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")[0] == 200
            made = server.ask(alice, "POST", "/quests", {"goal": goal})
            assert (made.status, made.body["tokens"]["charged"]) == (201, 3)
        finally:
            over.set()
        assert sum(client.result() for client in clients) >= len(SLOW)
