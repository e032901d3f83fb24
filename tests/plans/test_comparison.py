"""The page of plans says what each plan costs and brings, from the price book, and leads strangers to it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from plans.comparison import buys

pytestmark = pytest.mark.fast

PRICES = {"quest": 3, "lead_list": 5, "revenue_forecast": 0}


@pytest.mark.parametrize(
    ("tokens", "operations", "words"),
    [
        (200, ("quest", "lead_list"), "66 quests or 40 lead lists"),
        (50_000, ("quest",), "16,666 quests"),
        (5, ("quest", "lead_list"), "1 quest or 1 lead list"),
        (4, ("quest", "lead_list", "revenue_forecast"), "1 quest"),
        (0, ("quest",), ""),
    ],
)
def test_tokens_are_translated_by_their_prices(tokens: int, operations: tuple[str, ...], words: str) -> None:
    assert buys(tokens, PRICES, *operations) == words


def test_a_stranger_compares_and_is_led_through_sign_up_to_the_plan() -> None:
    page = " ".join(Client().get(reverse("plans")).content.decode().split())
    assert "<b>Free</b>" in page and "$0.00" not in page and "localhost" not in page
    assert "200 tokens a month: 66 quests or 40 lead lists" in page and "No AI: it comes with Pro" in page
    links = {text: link for link, text in re.findall(r'<a class="button[^"]*" href="([^"]+)"\s*>([^<]+)</a>', page)}
    assert links["Start free"] == "/accounts/signup/?next=/goals/new"
    assert links["Get Pro"] == "/accounts/signup/?next=%2Fplans%2Fchange%3Fplan%3Dpro"
    form = Client().get(links["Get Enterprise"]).content.decode()
    assert 'name="next" value="/plans/change?plan=enterprise"' in form
