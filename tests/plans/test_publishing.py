"""Prices below the 90 % line need a word on why; a bulk tier is data and sold everywhere."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.test import Client

from audit.models import PLATFORM, Event
from marketplace.packs.orders import place_order
from plans.models import Limit, Pack, Plan, PriceBook
from plans.publishing import BelowTarget, draft_price_book, publish_price_book
from plans.queries import current_book
from plans.trials.queries import offered_by
from saas.kernel import tenancy
from saas.kernel.errors import Invalid
from tests.conftest import Person

pytestmark = pytest.mark.own_database


@pytest.fixture
def draft(superuser: psycopg.Connection) -> Iterator[PriceBook]:
    """A draft that is taken out of effect again, which only the database's owner can."""
    with tenancy.system():
        book = draft_price_book(reason="test")
    yield book
    superuser.execute("ALTER TABLE plans_price_book DISABLE TRIGGER unchangeable")
    superuser.execute("UPDATE plans_price_book SET effective_at = NULL WHERE version = %s", [book.version])
    superuser.execute("ALTER TABLE plans_price_book ENABLE TRIGGER unchangeable")


def publish(draft: PriceBook, **reasons: str) -> dict[str, Any]:
    """Publish at once; return the event's data."""
    with tenancy.system():
        publish_price_book(version=draft.version, at=None, reason="test", **reasons)
        event = Event.objects.filter(organization_id=PLATFORM, kind="price_book.published").order_by("-seq").first()
        assert event is not None
        return dict(event.data)


def test_an_unchanged_book_is_published_without_fuss_although_its_packs_are_below(draft: PriceBook) -> None:
    assert publish(draft)["below_target"] == {}


@pytest.mark.parametrize(
    ("model", "key", "change", "line"),
    [
        (Plan, "pro", {"monthly_price": 20}, "Pro 90.00 %"),
        (Plan, "pro", {"monthly_tokens": 1490}, "Pro 90.00 %"),
        (Plan, "enterprise", {"overage_token_price": Decimal("0.1")}, "Enterprise overage, 1,000 tokens 90.00 %"),
        (Pack, "pack_2000", {"price": 78}, "2,000 tokens pack 74.36 %"),
    ],
)
def test_a_price_edited_below_the_line_needs_a_word_on_why(
    model: Any, key: str, change: dict[str, Any], line: str, draft: PriceBook
) -> None:
    model.objects.filter(price_book=draft, key=key).update(**change)
    with pytest.raises(BelowTarget, match=line):
        publish(draft)
    assert current_book().version != draft.version
    published = publish(draft, why_below_target="a campaign")
    assert (published["why_below_target"], len(published["below_target"])) == ("a campaign", 1)
    assert current_book().version == draft.version


def set_limit(draft: PriceBook, key: str, value: int | None) -> None:
    Limit.objects.filter(price_book=draft, plan=None, key=key).update(value=value)


@pytest.mark.parametrize(
    ("key", "value"), [("trial_days", 366), ("trial_days", None), ("trial_tokens", 1001), ("trial_tokens", None)]
)
def test_a_trial_without_an_end_or_a_limit_is_refused(key: str, value: int | None, draft: PriceBook) -> None:
    set_limit(draft, key, value)
    with pytest.raises(Invalid, match=f"{key} is {'unlimited' if value is None else value}"):
        publish(draft)


@pytest.mark.parametrize("key", ["trial_days", "trial_tokens"])
def test_0_switches_trials_off(key: str, draft: PriceBook) -> None:
    set_limit(draft, key, 0)
    publish(draft)
    assert offered_by(current_book()) is None
    assert "for 14 days" not in Client().get("/").content.decode()


def test_what_a_trial_costs_is_earned_by_the_first_month_or_needs_a_word_on_why(draft: PriceBook) -> None:
    Plan.objects.filter(price_book=draft, key="pro").update(monthly_tokens=800)
    set_limit(draft, "trial_tokens", 700)
    with pytest.raises(BelowTarget, match=r"Pro after a trial 89\.93 %"):
        publish(draft)


def test_a_bulk_tier_of_a_new_book_is_sold_everywhere(draft: PriceBook, alice: Person) -> None:
    tier = {"key": "pack_200000", "name": "200,000 tokens", "price": "4999.00", "tokens": 200_000}
    Pack.objects.create(price_book=draft, **tier)
    publish(draft, why_below_target="bulk")
    assert alice.get("/packs").json()["data"][-1] == tier
    shown = alice.browser().get("/packs").content.decode()
    assert "200,000 tokens" in shown and "$4,999.00" in shown
    bought = alice.post("/purchases", {"pack": "pack_200000"}).json()
    assert (bought["pack"], bought["tokens"], bought["price"]) == ("pack_200000", 200_000, "4999.00")
    assert alice.get(f"/purchases/{bought['id']}").json() == bought
    with alice.acting():
        assert place_order(caller=alice.caller, pack_key="pack_200000").price_book_version == draft.version
    assert "200,000 tokens" in alice.browser().get("/billing").content.decode(), "auto top-up can buy it too"
