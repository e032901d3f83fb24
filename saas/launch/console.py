"""What the launcher says: on stderr, because stdout belongs to the command that was asked for."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONG_SECONDS = (2, 10)  # a step says that it still runs after so many, then every so many


def say(text: str) -> None:
    print(f"milepost: {text}", file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say how long the block took, in seconds, once it has succeeded; and while it takes long, that it still runs."""
    started_at = time.monotonic()
    ended = threading.Event()

    def remind() -> None:
        first, later = LONG_SECONDS
        pause: float = first
        while not ended.wait(pause):
            say(f"{name} ({time.monotonic() - started_at:.0f} s so far)")
            pause = later

    threading.Thread(target=remind, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
    say(f"{name}: {time.monotonic() - started_at:.1f} s")


class Refused(SystemExit):
    """The launcher cannot do what was asked; the text says why and what to do. Exit code 1."""

    def __init__(self, text: str) -> None:
        super().__init__(f"milepost: {text}")
