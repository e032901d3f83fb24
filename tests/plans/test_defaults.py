"""A version in effect never changes: what it lacks because it is older than the key reads as the default."""

from collections.abc import Iterator

import pytest
from django.db.models.functions import Now

from plans import price_book
from plans.models import Limit, OperationPrice, PriceBook
from plans.publishing import draft_price_book, publish_price_book
from plans.queries import entitlements, limits_of
from saas.kernel import tenancy
from saas.kernel.errors import Invalid
from tests.conftest import Person

pytestmark = pytest.mark.own_database  # the price book is everybody's


@pytest.fixture
def older() -> Iterator[PriceBook]:
    """A version in effect from before gifts and forecasts were sold."""
    price_book.load.cache_clear()  # another database has other versions
    with tenancy.system():
        version = draft_price_book(reason="older").version
        Limit.objects.filter(price_book=version, key="gift_days").delete()
        OperationPrice.objects.filter(price_book=version, operation="revenue_forecast").delete()
        PriceBook.objects.filter(version=version).update(effective_at=Now())
        book = PriceBook.objects.get(version=version)
    yield book
    price_book.load.cache_clear()


def test_a_key_that_the_version_lacks_reads_as_its_default(older: PriceBook, alice: Person) -> None:
    with alice.acting():
        known = entitlements(alice.organization_id).fetch()
        [limits] = limits_of([alice.organization_id]).fetch().values()
    assert known.book.version == older.version
    assert (known.limit("gift_days"), limits["gift_days"], known.prices["revenue_forecast"].value) == (30, 30, 4)
    assert "gift_days" not in price_book.read(older.version).plans["pro"].limits


def test_a_new_draft_states_it(older: PriceBook) -> None:
    with tenancy.system():
        content = price_book.read(draft_price_book(reason="next").version)
    assert content.plans["starter"].limits["gift_days"] == 30
    assert content.operation_prices["revenue_forecast"] == 4
    assert "gift_days" not in price_book.read(older.version).plans["pro"].limits


def test_a_draft_without_it_is_refused(older: PriceBook) -> None:
    with tenancy.system():
        version = draft_price_book(reason="next").version
        Limit.objects.filter(price_book=version, key="gift_days").delete()
        with pytest.raises(Invalid, match="limits of Starter: gift_days"):
            publish_price_book(version=version, at=None, reason="next")


def test_what_a_version_states_counts(older: PriceBook) -> None:
    with tenancy.system():
        version = draft_price_book(reason="next").version
        Limit.objects.filter(price_book=version, key="gift_days").update(value=7)
    assert price_book.load(version).plans["pro"].limits["gift_days"] == 7
