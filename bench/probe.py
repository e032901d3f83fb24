"""Somebody who works while a job runs: `python -m bench.probe FIRST LAST` holds and settles until its stdin ends."""

import json
import random
import sys
import threading
import time

import django

django.setup()

from bench import world  # noqa: E402
from saas.kernel import tenancy  # noqa: E402
from saas.kernel.ids import uuid7  # noqa: E402
from tokens import actions as ledger_actions  # noqa: E402

PAUSE_SECONDS = 0.002
WARM_UP_HOLDS = 50


def _wait_for_the_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def main() -> None:
    """Print a line when warm, then the latencies of the holds in milliseconds as JSON."""
    first, last = map(int, sys.argv[1:])
    ended = threading.Event()
    for _ in range(WARM_UP_HOLDS):
        _hold(random.randint(first, last))
    print("ready", flush=True)
    threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
    latencies = []
    while not ended.wait(PAUSE_SECONDS):
        latencies.append(_hold(random.randint(first, last)))
    print(json.dumps(latencies))


def _hold(number: int) -> float:
    """Hold and settle 3 tokens; return how long the hold took."""
    transaction_id = uuid7()
    with tenancy.organization(world.organization_id(number)):
        started = time.perf_counter()
        ledger_actions.hold(
            transaction_id=transaction_id,
            tokens=3,
            operation="quest",
            price_book_version=None,
            user_id=world.user_id(number),
            department_id=None,
            seconds=120,
        )
        waited = time.perf_counter() - started
        ledger_actions.settle(transaction_id=transaction_id, tokens=3)
    return waited * 1e3


if __name__ == "__main__":
    main()
