"""Send tasks to workers without ever waiting for the broker.

The truth about work to do is in PostgreSQL, and beat finds what waits there: a message only makes it sooner. So it is
sent from a thread of its own, and dropped when the broker is away or the thread has more to send than it can.
"""

import logging
import os
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from celery import current_app

logger = logging.getLogger(__name__)

WAITING_MAX = 1_000


@dataclass(frozen=True)
class Message:
    """A task's name and arguments, and in how many seconds it is due."""

    task: str
    arguments: Sequence[str]
    seconds: float = 0


_waiting: queue.Queue[Message] = queue.Queue(WAITING_MAX)
_lock = threading.Lock()
_thread: threading.Thread | None = None


def publish(task: str, *arguments: str, seconds: float = 0) -> None:
    """Send a task to a worker and return immediately. Without a broker the task is lost, and beat does it later."""
    _ensure_thread()
    try:
        _waiting.put_nowait(Message(task, arguments, seconds))
    except queue.Full:
        logger.warning("the broker does not keep up: %s is left to beat", task)


def _ensure_thread() -> None:
    global _thread
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_send_all, name="publishing", daemon=True)
            _thread.start()


def _send_all() -> None:
    while True:
        message = _waiting.get()
        try:
            current_app.send_task(message.task, message.arguments, countdown=message.seconds, retry=False)
        except Exception as error:
            logger.warning("%s was not sent (%s): beat finds what waits", message.task, type(error).__name__)


def _forget() -> None:
    global _waiting, _lock, _thread
    _waiting, _lock, _thread = queue.Queue(WAITING_MAX), threading.Lock(), None


# A forked child inherits the queue but not the thread that empties it.
os.register_at_fork(after_in_child=_forget)
