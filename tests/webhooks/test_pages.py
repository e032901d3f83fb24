"""The whole way in the browser: add, see the secret once, test, rotate, look at the log, send again, remove."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from saas.webhooks.forms import EndpointForm
from saas.webhooks.models import Endpoint
from saas.webhooks.published import PUBLISHED
from tests.conftest import Person, make_goal, open_business
from tests.webhooks.conftest import Receiver, work

pytestmark = pytest.mark.own_database


def post(browser: Client, name: str, hook: str, **values: str) -> str:
    """Post to one of the endpoint's addresses; return the page that this ends on."""
    answer = browser.post(reverse(name, args=[hook]), values, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_endpoint_from_the_first_to_the_last_click(alice: Person, receiver: Receiver) -> None:
    browser = alice.browser()
    made = browser.post(reverse("new_webhook"), {"url": receiver.url, "events": ["goal.created"]}).content.decode()
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", made)
    assert found
    receiver.secret = found[0]
    with alice.acting():
        hook = str(Endpoint.objects.get().id)
    page = browser.get(reverse("webhook", args=[hook])).content.decode()
    assert "whsec_" not in page and receiver.url in page

    assert "The test arrived" in post(browser, "test_webhook", hook)
    receiver.behaviour = lambda handler: handler.answer(500, b"<b>broken</b>")
    page = post(browser, "test_webhook", hook)
    assert "The test did not arrive" in page and "&lt;b&gt;broken" in page
    receiver.behaviour = lambda handler: handler.answer(200)

    rotated = post(browser, "rotate_webhook", hook, overlap_hours="1")
    assert "whsec_" in rotated and "signs beside it until" in rotated

    make_goal(alice)
    assert work() == 1
    page = browser.get(reverse("webhook", args=[hook])).content.decode()
    [delivery] = re.findall(rf"{hook}/deliveries/([0-9a-f-]+)\"><code>goal.created", page)
    shown = browser.get(reverse("webhook_delivery", args=[hook, delivery])).content.decode()
    assert "&quot;type&quot;: &quot;goal.created&quot;" in shown and "Delivered" in shown
    assert "1 delivery is on the way again" in post(browser, "redeliver_webhook", hook, delivery=delivery)
    assert "1 delivery is on the way again" in post(browser, "redeliver_webhook", hook, hours="1")
    assert work() == 1

    assert "Switch on" in post(browser, "switch_webhook", hook)
    assert "Switch it on first" in post(browser, "redeliver_webhook", hook, hours="1")
    assert "Switch off" in post(browser, "switch_webhook", hook, on="1")
    assert "Saved." in post(browser, "change_webhook", hook, url=receiver.url, description="Books")
    assert "No endpoint yet" in post(browser, "remove_webhook", hook)


def test_all_events_of_a_noun_are_chosen_at_once() -> None:
    form = EndpointForm({"url": "https://example.com/", "events": ["goal.*", "plan.changed"]})
    assert form.is_valid()
    assert set(form.kinds()) == {kind for kind in PUBLISHED if kind.startswith("goal.")} | {"plan.changed"}
    assert EndpointForm({"url": "https://example.com/", "events": []}).is_valid()
    assert not EndpointForm({"url": "https://example.com/", "events": ["magic.*"]}).is_valid()


def test_what_is_wrong_with_an_address_is_said_beside_it(alice: Person) -> None:
    refused = alice.browser().post(reverse("new_webhook"), {"url": "http://example.com/"})
    assert refused.status_code == 422
    assert "must begin with https://" in refused.content.decode()


@pytest.mark.parametrize("name", ["new_webhook", "webhooks"])
def test_starter_is_told_which_plan_has_them(name: str) -> None:
    page = open_business("starter").browser().get(reverse(name))
    assert page.status_code == (403 if name == "new_webhook" else 200)
    assert "Pro has" in page.content.decode()
