"""Deliver events, signed and over HTTP, to the ordinary webhook address: in time, late, twice, or not at all."""

import json
import random
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import stripe
from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from fake_stripe.mode import require_fake_stripe, webhook_secret
from fake_stripe.models import DeliveryState, FakeDelivery, FakeEvent, FakeObject
from saas.kernel import tenancy
from saas.kernel.items import for_each
from saas.kernel.publishing import publish
from saas.kernel.transactions import durable, run_after_commit

BACKOFF_SECONDS = (2, 5, 15, 30, 60, 300, 900, 3600, 3600, 3600)
LATE_SECONDS = 60
SHUFFLED_SECONDS = 15
TIMEOUT_SECONDS = 20

PAUSE_SECONDS = 0.5
"""Between events that are released together, so that they arrive in the order asked for."""

Start = tuple[UUID, float]
"""A delivery's id, and in how many seconds it is due."""

Post = Callable[[bytes, str], int]
"""Sends a body with its signature; returns the HTTP status, raises OSError."""


class Manner(models.TextChoices):
    """How an organization's events are delivered from now on."""

    AT_ONCE = "at_once", "At once"
    TWICE = "twice", "Twice"
    SHUFFLED = "shuffled", "Out of order"
    LATE = "late", "A minute late"
    HELD = "held", "Held back until released"
    LOST = "lost", "Not at all"


def manner_of(organization_id: UUID | None) -> Manner:
    """Return how the organization's events are delivered."""
    saved = FakeObject.objects.filter(stripe_id=_manner_id(organization_id)).first()
    return Manner(saved.data["manner"]) if saved else Manner.AT_ONCE


def set_manner(organization_id: UUID, manner: str) -> None:
    """Set how events are delivered from now on; those that are held stay held."""
    require_fake_stripe()
    FakeObject.objects.update_or_create(
        stripe_id=_manner_id(organization_id),
        defaults={"kind": "sandbox.manner", "data": {"manner": Manner(manner)}, "organization_id": organization_id},
    )


def _manner_id(organization_id: UUID | None) -> str:
    return f"manner_{organization_id}"


def schedule(events: Sequence[FakeEvent]) -> None:
    """Schedule the deliveries of new events, in the organization's manner; runs in the store's transaction."""
    if not events:
        return
    manner = manner_of(events[0].organization_id)
    copies = 2 if manner == Manner.TWICE else 1
    starts = [_scheduled(event, manner) for event in events for _ in range(copies)]
    run_after_commit(lambda: _start(starts))


def _scheduled(event: FakeEvent, manner: Manner) -> Start:
    states = {Manner.HELD: DeliveryState.HELD, Manner.LOST: DeliveryState.LOST}
    state = states.get(manner, DeliveryState.WAITING)
    seconds = {Manner.LATE: LATE_SECONDS, Manner.SHUFFLED: random.uniform(0, SHUFFLED_SECONDS)}.get(manner, 0)  # noqa: S311
    made = FakeDelivery.objects.create(
        organization_id=event.organization_id, event=event, state=state, due_at=Now() + timedelta(seconds=seconds)
    )
    return made.id, seconds


def _start(starts: Sequence[Start]) -> None:
    """Send tasks that deliver. Without a broker nothing is lost: the next tick finds what is due."""
    for id, seconds in starts:
        publish("fake_stripe.tasks.deliver", str(id), seconds=seconds)


def redeliver(event: FakeEvent) -> None:
    """Deliver an event once more, whatever the state of its other deliveries."""
    require_fake_stripe()
    start = _scheduled(event, Manner.AT_ONCE)
    run_after_commit(lambda: _start([start]))


def release(organization_id: UUID, *, backwards: bool = False) -> int:
    """Release the events that are held back, one after another; return how many."""
    require_fake_stripe()
    held = FakeDelivery.objects.filter(organization_id=organization_id, state=DeliveryState.HELD)
    order = "-event__position" if backwards else "event__position"
    starts = [(id, place * PAUSE_SECONDS) for place, id in enumerate(held.order_by(order).values_list("id", flat=True))]
    for id, seconds in starts:
        due_at = Now() + timedelta(seconds=seconds)
        FakeDelivery.objects.filter(id=id).update(state=DeliveryState.WAITING, due_at=due_at)
    _start(starts)
    return len(starts)


def drop_held(organization_id: UUID) -> int:
    """Mark the events that are held back as lost, which the list of events still shows; return how many."""
    require_fake_stripe()
    held = FakeDelivery.objects.filter(organization_id=organization_id, state=DeliveryState.HELD)
    return held.update(state=DeliveryState.LOST)


def post_over_http(body: bytes, signature: str) -> int:
    """POST to this machine's own web process, whatever the public address is."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{settings.PORT}/webhooks/stripe",
        data=body,
        method="POST",
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature,
            "User-Agent": "Milepost-Sandbox/1.0",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def deliver(delivery_id: UUID, post: Post = post_over_http) -> bool:
    """Deliver if it is due and no other worker has claimed it; return whether it arrived. Raises FakeStripeDisabled."""
    require_fake_stripe()
    with tenancy.system():
        if not _claim(delivery_id):
            return False
        delivery = FakeDelivery.objects.select_related("event").get(id=delivery_id)
        answer = _post(delivery, post)
        arrived = answer.startswith("2")
        given_up = not arrived and delivery.attempts > len(BACKOFF_SECONDS)
        state = DeliveryState.DELIVERED if arrived else DeliveryState.FAILED if given_up else DeliveryState.WAITING
        FakeDelivery.objects.filter(id=delivery_id).update(state=state, answer=answer)
    return arrived


def _claim(delivery_id: UUID) -> bool:
    """Count an attempt and put the next one off, before trying: a killed worker's attempt is simply repeated."""
    waiting = FakeDelivery.objects.filter(id=delivery_id, state=DeliveryState.WAITING, due_at__lte=Now())
    pauses = [models.When(attempts=n, then=models.Value(timedelta(seconds=s))) for n, s in enumerate(BACKOFF_SECONDS)]
    pause = models.Case(*pauses, default=models.Value(timedelta(hours=1)), output_field=models.DurationField())
    due_at = models.ExpressionWrapper(Now() + pause, output_field=models.DateTimeField())
    return bool(waiting.update(attempts=F("attempts") + 1, due_at=due_at))


def _post(delivery: FakeDelivery, post: Post) -> str:
    body, signature = signed(delivery.event)
    with durable():
        try:
            return str(post(body, signature))
        except OSError as error:
            return f"not reached: {error}"[:200]


def signed(event: FakeEvent) -> tuple[bytes, str]:
    """Return the event's body and a signature of this moment."""
    body = json.dumps(event.data, indent=2)
    return body.encode(), stripe.WebhookSignature.generate_signature_header(body, webhook_secret())


def due(*, at_most: int = 500) -> list[UUID]:
    """Return up to so many deliveries that are due, the oldest event first."""
    require_fake_stripe()
    with tenancy.system():
        waiting = FakeDelivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=Now())
        return list(waiting.order_by("event__position", "id").values_list("id", flat=True)[:at_most])


def deliver_due(post: Post = post_over_http) -> int:
    """Deliver everything that is due, one after another; return how many arrived."""
    return sum(
        for_each("sandbox: deliveries", due(), lambda id: deliver(id, post), key=str, organization=lambda id: None)
    )
