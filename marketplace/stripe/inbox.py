"""The inbox of Stripe's events: save first, handle in a job, park what keeps failing.

    receive -> (200) -> handle: whose is it? -> fetch -> [lock, apply, processed_at]

An event is kept before anything else happens with it, so a crash at any point loses nothing, and the effect
and `processed_at` are one commit, so nothing happens twice. Duplicates of an event meet the same row;
different events of one payment meet the same business key.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import takewhile
from time import monotonic
from typing import Any
from uuid import UUID

from audit.actions import record
from marketplace.models import Customer, EventCursor, EventStatus, Payment, StripeEvent
from marketplace.models.modes import present_mode
from marketplace.stripe import gateway
from marketplace.stripe.concurrency import apply_if_unchanged
from marketplace.stripe.events import WebhookParked, WebhookReplayed
from marketplace.stripe.gateway import subjects
from marketplace.stripe.gateway.snapshots import EventSnapshot
from marketplace.stripe.gateway.subjects import Body
from marketplace.stripe.handlers import HANDLERS, Handler
from saas.accounts.lock import serialized
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, DomainError, Invalid, NotFound, ServiceResting
from saas.kernel.items import for_each
from saas.kernel.logs import clean
from saas.kernel.transactions import transaction

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 8
FIRST_WAIT = timedelta(seconds=5)
"""After the n-th failure an event waits 4^(n-1) times this: 5 s to about 6 hours; the 8th parks it."""

AWAY_WAIT = timedelta(minutes=1)
"""How long an event waits after Stripe gave no answer, which is no failure of the event's: it counts no attempt."""

BUDGET_SECONDS = 25.0
"""How long a run begins new events: the next one is due after half a minute, and would take the same."""

KEPT_AT_STRIPE = timedelta(days=30)
"""How long Stripe lists an event: an outage shorter than this is made up for by the first catch-up after it."""

OVERLAP = timedelta(hours=1)
"""How far before its cursor the catch-up looks again: Stripe may list an event a little after younger ones."""


class UnknownOwner(NotFound):
    """The customer is not here (yet): perhaps our own commit is still on its way."""


class AlreadyHandled(Exception):
    """The event was handled by another job meanwhile."""


def receive(event: EventSnapshot) -> StripeEvent | None:
    """Save an event; return it, or None if it was saved already."""
    row = StripeEvent(
        event_id=event.event_id,
        type=event.type[:100],
        object_id=event.object_id,
        created_at=event.created_at,
        payload=event.body,
    )
    with tenancy.system():
        StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
        return StripeEvent.objects.filter(id=row.id).first()


def handle(event_pk: UUID) -> EventStatus:
    """Handle a saved event and return its status; one that was handled stays as it is.

    A failure is written into the event, which waits longer each time and is parked at last; where Stripe gave no answer
    it waits a minute, however often. While Stripe is left alone the event stays as it is: raises ServiceResting.
    """
    with tenancy.system():
        event = StripeEvent.objects.get(id=event_pk)
    if event.status != EventStatus.RECEIVED:
        return EventStatus(event.status)
    try:
        _handle(event)
    except AlreadyHandled:
        pass
    except ServiceResting:
        raise
    except Exception as error:
        if not isinstance(error, DomainError):
            logger.exception("Handling %s failed", event)
        _failed(event, error)
    with tenancy.system():
        return EventStatus(StripeEvent.objects.values_list("status", flat=True).get(id=event_pk))


def _handle(event: StripeEvent) -> None:
    handler = HANDLERS.get(event.type)
    body = event.payload["data"]["object"]
    handler, subject = handler.of(body) if handler else (None, "")
    if handler is None or not subject:
        _mark(event, EventStatus.IGNORED)
        return
    owner = _owner(body, handler, subject)
    if owner is None:
        _mark(event, EventStatus.IGNORED)
        return
    with tenancy.organization(owner):
        _apply(event, handler, subject)


def _apply(event: StripeEvent, handler: Handler, subject: str) -> None:
    def apply(snapshot: Any) -> None:
        _mark(event, EventStatus.DONE)
        handler.kind.apply(snapshot)

    apply_if_unchanged(lambda: handler.kind.fetch(subject), apply)


def _mark(event: StripeEvent, status: EventStatus) -> None:
    """End the event, in the transaction of its effect; raise AlreadyHandled when somebody has."""
    with tenancy.system():
        waiting = StripeEvent.objects.filter(id=event.id, status=EventStatus.RECEIVED)
        if not waiting.update(status=status, processed_at=database_now(), error=""):
            raise AlreadyHandled


def _owner(body: Body, handler: Handler, subject: str) -> UUID | None:
    """Return the organization an event is about: by its customer, its payment, or by asking Stripe.

    None when Milepost never made that customer: another product uses the same Stripe account.
    Raises UnknownOwner.
    """
    customer_id = subjects.customer(body)
    with tenancy.system():
        payment = Payment.objects.filter(payment_intent_id=subject).first()
    if payment is not None:
        return UUID(str(payment.organization_id))
    if not customer_id:
        customer_id = handler.kind.fetch(subject).customer_id
    with tenancy.system():
        owner = Customer.objects.filter(customer_id=customer_id).first()
        owner = owner or Customer.objects.filter(former_ids__contains=[customer_id]).first()
    if owner is not None:
        return UUID(str(owner.organization_id))
    if not customer_id or not gateway.is_milepost_customer(customer_id):
        return None
    raise UnknownOwner(f"No organization here is customer {customer_id}.")


def _failed(event: StripeEvent, error: Exception) -> None:
    """Save the error; wait longer each time, and park the event when it failed too often; no absence counts."""
    is_away = isinstance(error, gateway.PaymentsUnavailable)
    attempts = event.attempts + (0 if is_away else 1)
    parked = attempts >= ATTEMPTS_MAX
    wait = AWAY_WAIT if is_away else FIRST_WAIT * 4 ** (attempts - 1)
    text = error.detail if isinstance(error, DomainError) else repr(error)
    with tenancy.system(), serialized():
        waiting = StripeEvent.objects.filter(id=event.id, status=EventStatus.RECEIVED, attempts=event.attempts)
        changed = waiting.update(
            attempts=attempts,
            error=text[:2000],
            retry_at=database_now() + wait,
            status=EventStatus.PARKED if parked else EventStatus.RECEIVED,
        )
        if changed and parked:
            logger.error("Parked %s: %s", event, text)
            record(WebhookParked(event=event.event_id, type=event.type), reason=clean(text)[:500])


def work(*, events: int = 200) -> int:
    """Handle the events that wait, oldest first, within BUDGET_SECONDS; return how many.

    What a lost wake-up left is found here. Ends at once while Stripe is left alone; the next run goes on.
    """
    with tenancy.system():
        waiting = StripeEvent.objects.filter(status=EventStatus.RECEIVED, retry_at__lte=database_now())
        due = list(waiting.order_by("retry_at").values_list("id", flat=True)[:events])
    ends_at = monotonic() + BUDGET_SECONDS
    in_time = takewhile(lambda event_pk: monotonic() < ends_at, due)
    return len(for_each("work_inbox", in_time, handle, key=str, organization=lambda event_pk: None))


def replay(*, event_pk: UUID, reason: str) -> None:
    """Put an event back to be handled again; a handled one changes nothing, since snapshots are applied, not changes.

    For staff, in the system context. Raises Invalid without a reason, Conflict when it waits already.
    """
    if not reason.strip():
        raise Invalid("A replay needs a reason.")
    with transaction(), serialized():
        ended = StripeEvent.objects.filter(id=event_pk).exclude(status=EventStatus.RECEIVED)
        if not ended.update(
            status=EventStatus.RECEIVED, attempts=0, retry_at=database_now(), processed_at=None, error=""
        ):
            raise Conflict("This event is waiting to be handled already.")
        event = StripeEvent.objects.get(id=event_pk)
        record(WebhookReplayed(event=event.event_id, type=event.type), reason=reason)


def catch_up() -> int:
    """Store the events that Stripe made since the last complete catch-up; return how many were new.

    The cursor moves when everything was read and stored: a run that failed, or set an event aside, is repeated from
    the same place. So is one that met Stripe left alone, and ended early.
    """
    with tenancy.system():
        now = database_now()
        oldest = now - KEPT_AT_STRIPE
        cursor, _ = EventCursor.objects.get_or_create(mode=present_mode(), defaults={"read_until": oldest})
    since, listed, is_whole = max(cursor.read_until - OVERLAP, oldest), 0, False

    def events() -> Iterator[EventSnapshot]:
        nonlocal listed, is_whole
        try:
            for event in gateway.events_since(since, HANDLERS):
                listed += 1
                yield event
            is_whole = True
        except ServiceResting:
            logger.warning("Stripe is left alone: the catch-up goes on with its next run")

    received = for_each(
        "catch_up", events(), receive, key=lambda event: event.event_id, organization=lambda event: None
    )
    if is_whole and len(received) == listed:
        with tenancy.system():
            EventCursor.objects.filter(mode=present_mode(), read_until__lt=now).update(read_until=now)
    return sum(row is not None for row in received)


def forget_payloads(*, days: int = 90) -> int:
    """Delete the bodies of old events; their ids stay, so that they are never handled again."""
    with tenancy.system():
        old = StripeEvent.of_all_modes.filter(
            received_at__lt=database_now() - timedelta(days=days), processed_at__isnull=False
        )
        return old.exclude(payload={}).update(payload={})
