"""Forecasts in the pages: asked for, shown, cancelled."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from plans.actions import set_override
from plans.models import OverrideKind
from quests.features.months import month_after
from quests.features.words import money
from quests.models import RevenueForecast
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
    assert "Open goals need" in page and 'class="needed"' in page and "A year before" not in page
    assert "How earlier forecasts did" not in browser.get(reverse("forecasts")).content.decode()
    over = {"month": f"{month_after(month, -1):%Y-%m}", "p10": "350.00", "p50": "410.00", "p90": "600.00"}
    with alice.acting():
        RevenueForecast.objects.update(months=[over, *forecast["months"]])
    page = " ".join(browser.get(reverse("forecasts")).content.decode().split())
    said = "\N{RIGHT SINGLE QUOTATION MARK}s forecast said $410, it was <b>$420</b>"
    assert f"{month_after(month, -1):%B %Y}{said}" in page
    assert "within its range, $350 to $600" in page


@pytest.mark.parametrize("months", ["", "0", "7", "999", "x"])
def test_other_spans_are_refused(alice: Person, months: str) -> None:
    sent = {"months": months, "idempotency_key": str(uuid4())}
    assert alice.browser().post(reverse("generate_forecast"), sent).status_code == 422
    assert alice.get("/tokens/balance").json()["available"] == 200


def test_without_history_the_page_offers_no_forecast(alice: Person) -> None:
    page = alice.browser().get(reverse("forecasts")).content.decode()
    assert "Nothing to forecast from yet" in page and "Forecast revenue" not in page
    sent = {"months": "3", "idempotency_key": str(uuid4())}
    refused = alice.browser().post(reverse("generate_forecast"), sent)
    assert refused.status_code == 422 and "No revenue is recorded yet" in refused.content.decode()
    assert alice.get("/tokens/balance").json()["available"] == 200


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_nothing_new_is_said_before_it_is_charged(alice: Person, goal: Any, headers: dict[str, str]) -> None:
    with alice.acting():
        set_override(
            kind=OverrideKind.LIMIT, key="minimum_gap_seconds", value=0, reason="a test", ends_at=None, by=None
        )
    entry = {"goal": str(goal.id), "amount": "100.00", "received_on": str(database_now().date())}
    assert alice.post("/revenue-entries", entry).status_code == 201
    assert alice.post("/revenue-forecasts", {"months": 6}).status_code == 201
    [made] = alice.get("/revenue-forecasts").json()["data"]
    browser, where = alice.browser(), reverse("generate_forecast")
    page = browser.post(where, {"months": "6", "idempotency_key": str(uuid4())}, headers=headers)
    said = page.content.decode()
    assert page.status_code == 409 and "Nothing changed since the last forecast" in said
    assert f'href="{reverse("forecast", args=[made["id"]])}"' in said and "Forecast anyway" in said
    assert alice.get("/tokens/balance").json()["available"] == 196
    key = re.search(r'name="anyway" value="on">\s*<input type="hidden" name="idempotency_key" value="([^"]+)"', said)
    assert key is not None
    anyway = {"months": "6", "anyway": "on", "idempotency_key": key[1]}
    assert browser.post(where, anyway, headers=headers).status_code in (201, 302)
    assert alice.get("/tokens/balance").json()["available"] == 192


def test_cancelling_leads_back(alice: Person) -> None:
    page = alice.browser().post(reverse("cancel_forecast", args=[uuid4()])).content.decode()
    assert "Nothing to cancel" in page and reverse("forecasts") in page
