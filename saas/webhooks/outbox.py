"""Make one delivery per event and endpoint, in the commit that moves the reader of the audit log on."""

from collections.abc import Sequence

from audit.reading import StreamEvent, read_on
from plans.queries import entitlements
from saas.kernel import tenancy
from saas.webhooks import published
from saas.webhooks.models import Delivery, DeliveryStatus, Endpoint

READER = "webhooks"


def publish() -> int:
    """Make the deliveries of everything that happened since; return how many. Needs the system context."""
    return read_on(READER, kinds=published.PUBLISHED, take=_take)


def _take(happened: Sequence[StreamEvent]) -> int:
    """Make an organization's deliveries. What happens while the plan has no webhooks is not sent, later either."""
    organization_id = happened[0].organization_id
    with tenancy.organization(organization_id):
        # Locked: an endpoint that is removed meanwhile would leave deliveries behind.
        endpoints = list(Endpoint.objects.select_for_update(no_key=True).order_by("id"))
        if not endpoints or not entitlements(organization_id).fetch().has("webhooks"):
            return 0
        made = [
            _delivery(endpoint, event)
            for endpoint in endpoints
            for event in happened
            if event.seq > endpoint.after_seq and endpoint.wants(event.kind)
        ]
        Delivery.objects.bulk_create(made, ignore_conflicts=True)
        Endpoint.objects.bulk_update(endpoints, ["last_seq"])
    return len(made)


def _delivery(endpoint: Endpoint, event: StreamEvent) -> Delivery:
    """Return the event's delivery, and note it as the endpoint's newest."""
    body = published.body(
        kind=event.kind,
        at=event.created_at,
        data=published.event_payload(event.kind, event.data),
        seq=event.seq,
        previous=endpoint.last_seq,
    )
    endpoint.last_seq = max(endpoint.last_seq or 0, event.seq)  # an event that was set aside comes late
    status = DeliveryStatus.PENDING if endpoint.is_on else DeliveryStatus.SKIPPED
    return Delivery(endpoint=endpoint, event_id=event.id, seq=event.seq, kind=event.kind, body=body, status=status)
