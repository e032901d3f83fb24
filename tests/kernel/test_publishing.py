"""Nobody waits for the broker. Messages of tests before may still be in the queue, so each counts its own."""

import threading
from time import monotonic

import pytest
from celery import Celery

from saas.kernel import publishing
from saas.kernel.publishing import publish
from tests.machinery import until


def test_a_broker_that_hangs_is_not_waited_for_and_gets_what_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, sent = threading.Event(), []

    def send_task(self: Celery, name: str, arguments: tuple[str, ...], **options: object) -> None:
        hangs.wait(60)
        if name == "a task":
            sent.append((name, *arguments))

    monkeypatch.setattr(Celery, "send_task", send_task)
    started = monotonic()
    for number in range(20):
        publish("a task", str(number))
    assert monotonic() - started < 10, "twenty messages at once, not 6 s each"
    assert not sent
    hangs.set()
    until(lambda: len(sent) == 20)
    assert sent[0] == ("a task", "0")


def test_what_cannot_be_sent_is_left_to_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def send_task(self: Celery, name: str, arguments: tuple[str, ...], **options: object) -> None:
        if name in ("first", "second"):
            tried.append(name)
        raise OSError("no broker")

    monkeypatch.setattr(Celery, "send_task", send_task)
    publish("first")
    publish("second")
    until(lambda: tried == ["first", "second"])
    assert publishing._thread is not None and publishing._thread.is_alive()
