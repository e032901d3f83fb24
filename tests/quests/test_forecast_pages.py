"""Forecasts in the pages: asked for, shown, cancelled."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from quests.features.revenue_forecast import month_after
from quests.features.words import money
from saas.kernel.clock import database_now
from tests.conftest import Person


def test_from_the_form_to_the_chart(alice: Person, goal: Any) -> None:
    month = database_now().date().replace(day=1)
    for n, amount in enumerate(("420.00", "-65.50", "480.00"), start=1):
        entry = {"goal": str(goal.id), "amount": amount, "received_on": str(month_after(month, -n))}
        assert alice.post("/revenue-entries", entry).status_code == 201
    browser, sent = alice.browser(), {"months": "6", "idempotency_key": str(uuid4())}
    made = browser.post(reverse("generate_forecast"), sent, headers={"HX-Request": "true"})
    assert made.status_code == 201
    assert "4\N{NO-BREAK SPACE}tokens" in made.content.decode()
    [forecast] = alice.get("/revenue-forecasts").json()["data"]
    path = reverse("forecast", args=[forecast["id"]])
    assert path in made.content.decode() and path in browser.get(reverse("forecasts")).content.decode()
    page = browser.get(path).content.decode()
    assert "<svg" in page and 'role="img"' in page and 'class="zero"' in page and "style=" not in page
    for band in (*forecast["months"], forecast["total"]):
        assert money(Decimal(round(Decimal(band["p50"]))), "USD") in page


@pytest.mark.parametrize("months", ["", "0", "7", "999", "x"])
def test_other_spans_are_refused(alice: Person, months: str) -> None:
    sent = {"months": months, "idempotency_key": str(uuid4())}
    assert alice.browser().post(reverse("generate_forecast"), sent).status_code == 422
    assert alice.get("/tokens/balance").json()["available"] == 200


def test_without_history_there_is_a_page_that_says_so(alice: Person) -> None:
    sent = {"months": "3", "idempotency_key": str(uuid4())}
    receipt = alice.browser().post(reverse("generate_forecast"), sent, follow=True)
    assert "nothing to go by yet" in receipt.content.decode()
    [forecast] = alice.get("/revenue-forecasts").json()["data"]
    assert (
        "nothing to forecast from" in alice.browser().get(reverse("forecast", args=[forecast["id"]])).content.decode()
    )
    assert "There is little to go by yet" in alice.browser().get(reverse("forecasts")).content.decode()


def test_cancelling_leads_back(alice: Person) -> None:
    page = alice.browser().post(reverse("cancel_forecast", args=[uuid4()])).content.decode()
    assert "Nothing to cancel" in page and reverse("forecasts") in page
