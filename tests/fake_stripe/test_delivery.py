"""Events go out signed, over HTTP, once or as badly as the operator wishes."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import stripe
from django.conf import settings

from fake_stripe import delivery
from fake_stripe.mode import webhook_secret
from fake_stripe.models import DeliveryState, FakeDelivery
from saas.kernel import tenancy
from tests.fake_stripe.shop import Shop, mine

pytestmark = pytest.mark.own_database


class Inbox:
    """Takes what is posted, after so many refusals."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals, self.got = refusals, list[str]()

    def __call__(self, body: bytes, signature: str) -> int:
        """Verify as the receiver would, and keep the type."""
        stripe.Webhook.construct_event(body, signature, webhook_secret())
        if self.refusals:
            self.refusals -= 1
            return 503
        self.got.append(json.loads(body)["type"])
        return 200


def send(shop: Shop, inbox: Inbox) -> None:
    """Deliver what is due of this shop."""
    for id in mine(shop):
        delivery.deliver(id, inbox)


def manner(shop: Shop, chosen: str) -> None:
    """Choose how events are delivered."""
    with tenancy.system():
        delivery.set_manner(shop.owner.organization_id, chosen)


def test_events_arrive_in_order_signed_and_once(shop: Shop) -> None:
    shop.subscription(shop.customer())
    inbox = Inbox()
    send(shop, inbox)
    send(shop, inbox)
    assert inbox.got == shop.events()
    listed = shop.v1.events.list({"types": ["invoice.*"], "limit": 100}).data
    assert {event.type for event in listed} >= {"invoice.paid", "invoice.created"}
    assert shop.v1.events.retrieve(listed[0].id).api_version == stripe.api_version


def test_what_is_refused_is_tried_again_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.customer()
    inbox = Inbox(refusals=1)
    [id] = mine(shop)
    assert not delivery.deliver(id, inbox)
    assert not mine(shop)  # not before its pause
    with tenancy.system():
        FakeDelivery.objects.filter(id=id).update(due_at="2020-01-01T00:00Z")
    assert delivery.deliver(id, inbox) and inbox.got == ["customer.created"]
    assert not delivery.deliver(id, inbox)


def test_events_are_delivered_twice_held_released_backwards_and_lost(shop: Shop) -> None:
    inbox = Inbox()
    manner(shop, "twice")
    customer = shop.customer()
    send(shop, inbox)
    assert inbox.got == ["customer.created"] * 2
    manner(shop, "held")
    for name in ("A", "B"):
        shop.v1.customers.update(customer.id, {"name": name})
    send(shop, inbox)
    assert len(inbox.got) == 2
    with tenancy.system():
        assert delivery.release(shop.owner.organization_id, backwards=True) == 2
        waiting = FakeDelivery.objects.filter(organization_id=shop.owner.organization_id, state="waiting")
        names = [d.event.data["data"]["object"]["name"] for d in waiting.order_by("due_at")]
    assert names == ["B", "A"]
    shop.v1.customers.update(customer.id, {"name": "C"})
    with tenancy.system():
        assert delivery.drop_held(shop.owner.organization_id) == 1
    manner(shop, "lost")
    shop.v1.customers.update(customer.id, {"name": "D"})
    missed = shop.v1.events.list({"delivery_success": False, "limit": 100}).data
    assert {"C", "D"} <= {event.data.object["name"] for event in missed if event.type == "customer.updated"}


def test_late_and_shuffled_events_wait(shop: Shop) -> None:
    manner(shop, "late")
    shop.customer()
    assert not mine(shop)


def test_an_event_goes_over_http_to_the_ordinary_address(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, bytes]] = []

    class Web(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["Stripe-Signature"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    with HTTPServer(("127.0.0.1", 0), Web) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(settings, "PORT", server.server_port)
        shop.customer()
        [id] = mine(shop)
        assert delivery.deliver(id)
        server.shutdown()
    [(path, signature, body)] = seen
    assert path == "/webhooks/stripe"
    stripe.Webhook.construct_event(body, signature, webhook_secret())


def test_nobody_there_is_only_a_delay(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PORT", 1)
    shop.customer()
    [id] = mine(shop)
    assert not delivery.deliver(id)
    with tenancy.system():
        kept = FakeDelivery.objects.get(id=id)
    assert kept.state == DeliveryState.WAITING and "not reached" in kept.answer and kept.attempts == 1
