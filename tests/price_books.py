"""New versions of the price book, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from plans import price_book
from plans.models import Plan
from plans.publishing import draft_price_book, publish_price_book
from saas.kernel import tenancy


@contextmanager
def new_prices(superuser: psycopg.Connection, **plans: dict[str, Any]) -> Iterator[int]:
    """Publish a version in which plans have other values; take it out of effect again, as only the owner can.

    What was read is forgotten: databases of other tests have other versions of the same number.
    """
    _forget()
    with tenancy.system():
        book = draft_price_book(reason="test")
        for key, values in plans.items():
            Plan.objects.filter(price_book=book, key=key).update(**values)
        publish_price_book(version=book.version, at=None, reason="test", why_below_target="test")
    try:
        yield book.version
    finally:
        superuser.execute("ALTER TABLE plans_price_book DISABLE TRIGGER unchangeable")
        superuser.execute("UPDATE plans_price_book SET effective_at = NULL WHERE version = %s", [book.version])
        superuser.execute("ALTER TABLE plans_price_book ENABLE TRIGGER unchangeable")
        _forget()


def _forget() -> None:
    price_book.load.cache_clear()
    price_book.load_agreed.cache_clear()
