"""Send due webhook deliveries, and retry those that failed.

Note [Sent at least once]
    A call over the network cannot be part of a commit. A worker claims a delivery (compare and set), calls with
    no transaction and no connection open, then keeps what was answered. If it dies in between, the claim runs
    out after LEASE and another worker sends the same message under the same id: receivers drop what they have
    seen. A claim's end is also its mark: who comes back after it has run out changes nothing but the log.

Note [One slow receiver]
    A call ends after ten seconds, an endpoint has few calls under way at once, an organization not many more,
    and organizations take turns (`claim.sql`). An endpoint that fails has one call under way, and all that fail a
    quarter of the workers. So receivers that hang keep few workers busy; the free ones look for what is due twice a
    second, and a run that only waits for the last calls lets the next one begin. Only their own messages wait.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db.models.functions import Now

from saas.kernel import background, tenancy
from saas.kernel.items import set_aside, solve
from saas.kernel.transactions import Statement, durable, run_batch, transaction
from saas.webhooks import actions, queries, secrets, sending
from saas.webhooks.models import Attempt, Delivery, DeliveryStatus, DisabledReason, Endpoint, message_id
from saas.webhooks.published import TEST
from saas.webhooks.sending import DEADLINE_SECONDS, EndpointAnswer

logger = logging.getLogger(__name__)

DELIVER = "deliver_webhooks"
WORKERS = 64
CALLS_PER_ENDPOINT = 4
CALLS_PER_ORGANIZATION = 8
CALLS_TO_FAILING = 16
"""How many calls all endpoints together that fail have under way; each of them has one."""
LOOK_SECONDS = 0.5
"""How often free workers look for what is due, while calls are under way."""
LEASE = timedelta(minutes=1)
RUN_SECONDS = 10.0

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""How long to wait after the first failure, the second, ...: three days in all. Then a message is given up."""

JITTER = 0.2
"""Pauses are longer by up to this share, so that what failed together does not come back together."""

OFF_AFTER = timedelta(days=5)
"""An endpoint is switched off when a message is given up and nothing at all got through for so long."""

GONE = 410

CLAIM = Path(__file__).with_name("claim.sql").read_text()


@dataclass(frozen=True)
class ClaimedDelivery:
    """A claimed delivery, with all that sending it needs."""

    organization_id: UUID
    endpoint_id: UUID
    delivery_id: UUID
    claim_ends_at: datetime
    kind: str
    failures: int
    body: str
    url: str
    was_set_aside: bool
    secrets: Sequence[str]


def deliver(*, seconds: float = RUN_SECONDS, draining: Callable[[], None] = lambda: None) -> int:
    """Send until nothing is due or so many seconds have passed; return how many calls were made.

    `draining` is called once nothing more is claimed and only calls under way are waited for: another run may begin.
    Needs the system context. Any number of workers may run it at once.
    """
    ends, calls = time.monotonic() + seconds, 0
    flying: dict[Future[EndpointAnswer], ClaimedDelivery] = {}
    is_draining = False
    while True:
        if not is_draining and time.monotonic() >= ends:
            is_draining = True
            draining()
        claimed = [] if is_draining else claim(WORKERS - len(flying))
        if not (flying or claimed):
            return calls
        with durable():
            flying |= {background.start(_send(call), seconds=DEADLINE_SECONDS + 1): call for call in claimed}
            done = wait(flying, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done
        for future in done:
            _record_or_set_aside(flying.pop(future), _answer(future))
            calls += 1


def _record_or_set_aside(call: ClaimedDelivery, answer: EndpointAnswer) -> None:
    """Keep what was answered; where that fails the claim runs out, and the message is sent again."""
    aside = str(call.delivery_id)
    try:
        record_attempt(call, answer)
    except Exception as error:
        set_aside(DELIVER, aside, call.organization_id, error)
    else:
        if call.was_set_aside:
            solve(DELIVER, [aside])


def claim(free: int) -> list[ClaimedDelivery]:
    """Claim up to so many deliveries that are due. Needs the system context."""
    if not free:
        return []
    limits = (CALLS_PER_ENDPOINT, CALLS_PER_ORGANIZATION, CALLS_TO_FAILING, free, LEASE, DELIVER)
    [rows] = run_batch(Statement(CLAIM, limits))
    return [ClaimedDelivery(*row) for row in rows]


def _answer(future: Future[EndpointAnswer]) -> EndpointAnswer:
    """Return the result of the call. `post` never raises; if it did, the other calls must be saved all the same."""
    try:
        return future.result()
    except Exception:
        logger.exception("a webhook call broke")
        return EndpointAnswer(0, error="The call failed.")


async def _send(call: ClaimedDelivery) -> EndpointAnswer:
    """Sign as of now, and call."""
    try:
        opened = [secrets.decrypt(encrypted) for encrypted in call.secrets]
    except secrets.Unreadable:
        return EndpointAnswer(0, error="The secret can no longer be read. Make a new one.")
    at = datetime.now(UTC)
    headers = secrets.signed_headers(by=opened, message_id=message_id(call.delivery_id), body=call.body, at=at)
    return await sending.post(call.url, headers=HEADERS | headers, body=call.body.encode())


HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Milepost-Webhooks/1",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


def record_attempt(call: ClaimedDelivery, answer: EndpointAnswer) -> None:
    """Keep what was answered, and what follows from it."""
    with tenancy.organization(call.organization_id):
        if off := _record_attempt(call, answer):
            actions.switch_off(endpoint_id=call.endpoint_id, because=off)


def _record_attempt(call: ClaimedDelivery, answer: EndpointAnswer) -> DisabledReason | None:
    """Log the attempt and end the claim, if it is still ours; return why the endpoint is to be switched off, or None.

    The endpoint's row is locked first, always: removing one takes the rows in the same order.
    """
    with transaction():
        endpoint = Endpoint.objects.select_for_update(no_key=True).filter(id=call.endpoint_id).first()
        delivery = Delivery.objects.filter(id=call.delivery_id).first()
        if endpoint is None or delivery is None:
            return None
        Attempt.objects.create(
            delivery=delivery,
            milliseconds=answer.milliseconds,
            status_code=answer.status_code,
            error=answer.error,
            answer=answer.text,
        )
        if delivery.claim_ends_at != call.claim_ends_at:
            return None
        if not answer.arrived:
            return _failed(endpoint, delivery, answer)
        _arrived(endpoint, delivery)
    return None


def _arrived(endpoint: Endpoint, delivery: Delivery) -> None:
    Delivery.objects.filter(id=delivery.id).update(
        status=DeliveryStatus.DELIVERED, delivered_at=Now(), claim_ends_at=None
    )
    if endpoint.failing_since is not None and delivery.kind != TEST:
        Endpoint.objects.filter(id=endpoint.id).update(failing_since=None)


def _failed(endpoint: Endpoint, delivery: Delivery, answer: EndpointAnswer) -> DisabledReason | None:
    """Put the next try off, or give up. A test is tried once, and says nothing of the endpoint."""
    gone, test, now = answer.status_code == GONE, delivery.kind == TEST, queries.true_now()
    gives_up = gone or test or delivery.failures >= len(PAUSES)
    if gives_up:
        delivery.status = DeliveryStatus.FAILED
    else:
        delivery.due_at = now + PAUSES[delivery.failures] * random.uniform(1, 1 + JITTER)  # noqa: S311
    delivery.failures, delivery.claim_ends_at = delivery.failures + 1, None
    delivery.save(update_fields=["status", "due_at", "failures", "claim_ends_at"])
    if test:
        return None
    since = endpoint.failing_since or now
    if endpoint.failing_since is None:
        Endpoint.objects.filter(id=endpoint.id).update(failing_since=since)
    if gone:
        return DisabledReason.GONE
    return DisabledReason.FAILING if gives_up and now - since >= OFF_AFTER else None


def test(*, endpoint_id: UUID) -> Delivery:
    """Send a test message now and return its delivery, as it ended. Raises NotFound."""
    call = _test_call(actions.place_test(endpoint_id=endpoint_id, lease=LEASE))
    with durable():
        answer = background.run(_send(call), seconds=DEADLINE_SECONDS + 1)
    record_attempt(call, answer)
    return Delivery.objects.prefetch_related("attempts").get(id=call.delivery_id)


def _test_call(delivery: Delivery) -> ClaimedDelivery:
    assert delivery.claim_ends_at is not None
    endpoint = Endpoint.objects.get(id=delivery.endpoint_id)
    return ClaimedDelivery(
        organization_id=tenancy.current_organization_id(),
        endpoint_id=endpoint.id,
        delivery_id=delivery.id,
        claim_ends_at=delivery.claim_ends_at,
        kind=delivery.kind,
        failures=0,
        body=delivery.body,
        url=endpoint.url,
        was_set_aside=False,
        secrets=[secret.encrypted for secret in queries.live_secrets(endpoint)],
    )
