"""Staff see who is on which prices, and move subscribers with notice: previewed, with a reason, once."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from audit.queries import events
from plans.models import Agreement
from saas.kernel.ids import uuid7
from tests.admin.confirmed_actions import do
from tests.admin.conftest import page
from tests.conftest import Person, log_in
from tests.price_books import new_prices

pytestmark = pytest.mark.own_database


@pytest.fixture
def dearer(alice: Person, superuser: psycopg.Connection) -> Iterator[int]:
    """A version of $176 for 300 tokens, in effect since alice subscribed."""
    with new_prices(superuser, pro={"monthly_price": Decimal(176), "monthly_tokens": 300}) as version:
        yield version


def agreements_of(person: Person) -> list[Agreement]:
    with person.acting():
        return list(Agreement.objects.order_by("id"))


def test_the_list_says_who_is_on_what(staff: Client, alice: Person, dearer: int) -> None:
    [agreement] = agreements_of(alice)
    shown = staff.get(page(Agreement), {"q": str(alice.organization_id)}).content.decode()
    assert f"version {agreement.price_book_version}" in shown and "149.00" in shown
    none = staff.get(
        page(Agreement), {"q": str(alice.organization_id), "price_book_version": str(dearer)}
    ).content.decode()
    assert "0 agreements" in none


def test_a_move_is_previewed_announced_once_and_withdrawn(
    staff: Client, alice: Person, dearer: int, oscar: Any
) -> None:
    [agreement] = agreements_of(alice)
    chosen = {"action": "move", "_selected_action": [str(agreement.pk)], "submission": str(uuid7())}
    shown = staff.post(page(Agreement), {**chosen, "notice_days": 30, "reason": "costs rose"}).content.decode()
    for words in ("$149.00", "$176.00", "98.66 %", "98.30 %", "given"):
        assert words in shown, words
    assert len(agreements_of(alice)) == 1, "nothing happened yet"
    notices = do(staff, "plans.Agreement", "move", agreement.pk, notice_days=30, reason="costs rose")
    assert "announced for" in notices[0]
    _, change = agreements_of(alice)
    assert (change.price_book_version, change.starts_at, change.reason) == (dearer, None, "costs rose")
    with alice.acting():
        event = events()[0]
    assert (event.kind, event.reason, event.actor["user_id"]) == (
        "price.change_announced",
        "costs rose",
        str(oscar.pk),
    )
    assert "withdrawn." in do(staff, "plans.Agreement", "withdraw", change.pk, reason="not now")[0]
    with alice.acting():
        assert events()[0].kind == "price.change_withdrawn"


@pytest.mark.usefixtures("dearer")
def test_it_takes_the_right_to_change_price_books(alice: Person, oscar: Any) -> None:
    [agreement] = agreements_of(alice)
    oscar.is_superuser = False
    oscar.save()
    rights = Permission.objects.filter(codename__in=("view_agreement", "change_agreement"))
    oscar.user_permissions.add(*rights)
    client = Client()
    log_in(client, oscar)
    assert client.get(page(Agreement)).status_code == 200
    body = {"action": "move", "_selected_action": [str(agreement.pk)], "submission": str(uuid7())}
    client.post(page(Agreement), {**body, "notice_days": 0, "reason": "mine", "confirmed": "yes"})
    assert len(agreements_of(alice)) == 1


def test_custom_terms_are_agreed_with_a_word_on_what_is_below_the_line(staff: Client, mallory: Person) -> None:
    form = {
        "customer": str(mallory.organization_id),
        "plan": "enterprise",
        "monthly_price": "900",
        "monthly_tokens": "5000",
        "packs": "pack_500 25.00\n",
        "reason": "a big customer",
    }
    asked = staff.post(page(Agreement, "add"), form).content.decode()
    assert "Not above the 90 % line: 500 tokens pack 80.00 %" in asked
    assert "There is no pack" in staff.post(page(Agreement, "add"), {**form, "packs": "gold 1"}).content.decode()
    assert staff.get(page(Agreement, "add")).status_code == 200
    assert staff.post(page(Agreement, "add"), {**form, "why_below_target": "volume"}).status_code == 302
    [offer] = [agreement for agreement in agreements_of(mallory) if agreement.is_custom]
    assert (int(offer.monthly_price), offer.monthly_tokens, offer.pack_prices) == (900, 5000, {"pack_500": "25.00"})
    with mallory.acting():
        assert (events()[0].kind, events()[0].data["why_below_target"]) == ("price.agreed", "volume")
    assert "withdrawn." in do(staff, "plans.Agreement", "withdraw", offer.pk, reason="not now")[0]
    assert not [agreement for agreement in agreements_of(mallory) if agreement.is_custom]
