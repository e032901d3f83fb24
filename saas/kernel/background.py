"""One asyncio loop per process, on a thread of its own: where network calls run under a deadline that holds."""

# Why not the clients' own `timeout`: it bounds each read, not the whole. A server that drips a byte a second
# keeps such a call open for ever.

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

GRACE_SECONDS = 0.5
"""How long past its deadline a call may take to be cancelled, before its caller leaves without it."""

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def start(work: Coroutine[Any, Any, T], *, seconds: float) -> Future[T]:
    """Start a coroutine on the background loop; cancelled, with TimeoutError, after `seconds`."""
    return asyncio.run_coroutine_threadsafe(_bounded(work, seconds), _running_loop())


def run(work: Coroutine[Any, Any, T], *, seconds: float) -> T:
    """Run a coroutine on the background loop; cancelled, with TimeoutError, after `seconds`."""
    future = start(work, seconds=seconds)
    try:
        return future.result(seconds + GRACE_SECONDS)
    except BaseException:
        future.cancel()
        raise


async def _bounded(work: Coroutine[Any, Any, T], seconds: float) -> T:
    async with asyncio.timeout(seconds):
        return await work


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="background", daemon=True).start()
        return _loop


def _forget() -> None:
    global _lock, _loop
    _lock, _loop = threading.Lock(), None


# A forked child inherits the loop but not the thread that runs it.
os.register_at_fork(after_in_child=_forget)
