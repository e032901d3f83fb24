"""A page asks the database as often for much data as for little."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.models.gifts import Gift
from quests.models import LeadList, Quest
from saas.webhooks.models import Delivery
from tests.conftest import Person
from tests.pages import PLAIN, VARIANTS, path_of
from tests.stories.businesses import business_with

pytestmark = pytest.mark.slow

QUERIES_MAX = 20


def test_no_page_asks_more_when_there_is_more() -> None:
    little, much = (questions(business_with(number)) for number in (3, 30))
    assert little == much
    assert max(much.values()) <= QUERIES_MAX


def questions(alice: Person) -> dict[str, int]:
    """Return how many queries each page makes."""
    browser = alice.browser()
    shown = [name for name in sorted({*PLAIN, *VARIANTS}) if browser.get(path_of(name)).status_code != 405]
    paths = {name: path_of(name) for name in shown} | _pages_of_one(alice)
    return {name: count(browser, path) for name, path in paths.items()}


def _pages_of_one(alice: Person) -> dict[str, str]:
    """Return the pages about one thing that has many others in it."""
    with alice.acting():
        quest, delivery = Quest.objects.order_by("-id")[0], Delivery.objects.order_by("-id")[0]
        leads, gift = LeadList.objects.order_by("-id")[0], Gift.objects.order_by("-id")[0]
    return {
        "goal": path_of("goal", quest.goal_id),
        "revenue": path_of("revenue", quest.goal_id),
        "quest": path_of("quest", quest.id),
        "lead_list": path_of("lead_list", leads.id),
        "gift": path_of("gift", gift.id),
        "webhook": path_of("webhook", delivery.endpoint_id),
        "webhook_delivery": path_of("webhook_delivery", delivery.endpoint_id, delivery.id),
    }


def count(browser: Client, path: str) -> int:
    assert browser.get(path).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)
