"""One process of the Python load: `python -m bench.worker CONTESTANT THREADS SECONDS FIRST LAST`, latencies as JSON."""

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from uuid import UUID, uuid4

import django

django.setup()

from bench import orm, world  # noqa: E402
from saas.accounts.callers import Caller  # noqa: E402
from saas.kernel import tenancy  # noqa: E402
from saas.kernel.ids import uuid7  # noqa: E402
from saas.kernel.transactions import Query, Statement  # noqa: E402
from saas.metering import pipeline  # noqa: E402
from saas.metering.operations import OPERATIONS  # noqa: E402
from saas.metering.pipeline import OperationRequest, OperationResult  # noqa: E402
from saas.web import idempotency  # noqa: E402
from tokens import actions as ledger_actions  # noqa: E402

WARM_UP_SECONDS = 2.0


def actions(organization_id: UUID, user_id: UUID) -> None:
    """Hold and settle 3 tokens by the ledger's own actions."""
    transaction_id = uuid7()
    ledger_actions.hold(
        transaction_id=transaction_id,
        tokens=3,
        operation="quest",
        price_book_version=None,
        user_id=user_id,
        department_id=None,
        seconds=120,
    )
    ledger_actions.settle(transaction_id=transaction_id, tokens=3)


class Instant:
    """An AI that answers at once, with nothing to store."""

    def check_ready(self) -> None:
        """Be ready."""

    def perform(self, transaction_id: UUID) -> OperationResult:
        """Deliver one unit."""
        return OperationResult(1, (), {}, ())


NO_MATERIAL: Query[None] = Query(Statement("SELECT"), lambda _: None)


def whole_pipeline(organization_id: UUID, user_id: UUID) -> None:
    """Take one quest through the whole pipeline: decision, battery, hold, settlement, idempotency key and answer."""
    caller = Caller(organization_id=organization_id, user_id=user_id, role="owner")
    claim = idempotency.claim(key=str(uuid4()), request="POST /bench", body={})
    request = OperationRequest(OPERATIONS["quest"], 1, caller, claim)
    pipeline.run(request=request, material=NO_MATERIAL, work_on=lambda _: Instant())


CONTESTANTS: dict[str, Callable[[UUID, UUID], None]] = {
    "actions": actions,
    "pipeline": whole_pipeline,
    "orm": orm.pair,
}


def main() -> None:
    """Work with so many threads for so long; print the latencies in milliseconds after the warm-up."""
    name, threads, seconds, first, last = sys.argv[1], *map(float, sys.argv[2:])
    work, latencies = CONTESTANTS[name], list[float]()
    begin = time.monotonic() + min(WARM_UP_SECONDS, seconds)
    end = begin + seconds

    def loop() -> None:
        while (started := time.monotonic()) < end:
            number = random.randint(int(first), int(last))
            with tenancy.organization(world.organization_id(number)):
                work(world.organization_id(number), world.user_id(number))
            if started >= begin:
                latencies.append((time.monotonic() - started) * 1e3)

    crew = [threading.Thread(target=loop) for _ in range(int(threads))]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    print(json.dumps(latencies))


if __name__ == "__main__":
    main()
