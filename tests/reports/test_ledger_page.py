"""The ledger's page: one row an operation, or every line of it, filtered by kind, operation, person and day."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.urls import reverse

from quests.models import Quest
from saas.kernel.clock import database_now
from tests.conftest import Person, hire, make_goal
from tokens import actions as ledger_actions
from tokens import queries as ledger


def spend(person: Person, *, held: int, charged: int | None, operation: str = "quest", priced: int | None = 1) -> UUID:
    """Hold tokens and settle some of them, or with None leave the hold open."""
    transaction_id = uuid4()
    about = {"operation": operation, "user_id": person.user.pk, "department_id": None, "price_book_version": priced}
    with person.acting():
        ledger_actions.hold_query(transaction_id=transaction_id, tokens=held, seconds=60, **about).fetch()
        if charged:
            ledger_actions.settle(transaction_id=transaction_id, tokens=charged)
        elif charged is not None:
            ledger_actions.release(transaction_id=transaction_id)
    return transaction_id


def rows_of(person: Person, **query: Any) -> list[str]:
    """Return the rows of the ledger's page as text, newest first."""
    answer = person.browser().get(reverse("ledger"), query)
    assert answer.status_code == 200
    table = answer.content.decode().partition('aria-label="Ledger"')[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).replace("\N{MINUS SIGN}", "-").split()) for row in rows]


def test_an_operation_is_one_row_with_the_goal_it_was_for(alice: Person) -> None:
    goal = make_goal(alice, title="Buy <a> second van")
    transaction_id = spend(alice, held=6, charged=3)
    with alice.acting():
        quest = Quest.objects.create(
            goal=goal, title="Save", summary="", steps=[], transaction_id=transaction_id, provider="builtin",
            created_by=alice.user,
        )  # fmt: skip
    newest, allowance = rows_of(alice)
    assert "Quest for “ Buy &lt;a&gt; second van ” -3 197" in newest
    assert "Monthly allowance +200 200" in allowance
    page = alice.browser().get(reverse("ledger")).content.decode()
    assert f'href="{reverse("quest", args=[quest.id])}"' in page
    assert f'href="{reverse("receipt", args=[transaction_id])}"' in page


def test_work_that_runs_and_work_that_failed_say_so(alice: Person) -> None:
    spend(alice, held=5, charged=0, operation="lead_list")
    spend(alice, held=4, charged=None, operation="Chat with a guest", priced=None)
    running, failed, _ = rows_of(alice)
    assert "Chat with a guest Held -4 196" in running
    assert "Lead list Released 0 200" in failed


def test_every_line_is_behind_the_switch(alice: Person) -> None:
    spend(alice, held=6, charged=3)
    with alice.acting():
        lines = ledger.entries().count()
    assert len(rows_of(alice)) == 2
    assert len(rows_of(alice, holds="on")) == lines == 4


def test_filters_find_what_they_name(alice: Person) -> None:
    bob = hire(alice)
    spend(alice, held=3, charged=3)
    spend(bob, held=5, charged=5, operation="lead_list")
    spend(bob, held=2, charged=2, operation="Chat", priced=None)
    found = {
        "kind": (rows_of(alice, kind="received"), ["Monthly allowance"]),
        "operation": (rows_of(alice, operation="lead_list"), ["Lead list"]),
        "own": (rows_of(alice, operation="metering"), ["Chat"]),
        "person": (rows_of(alice, actor=bob.user.pk), ["Chat", "Lead list"]),
        "day": (rows_of(alice, until=(database_now() - timedelta(days=2)).date()), []),
    }
    for name, (rows, titles) in found.items():
        assert len(rows) == len(titles), name
        assert all(title in row for row, title in zip(rows, titles, strict=True)), name
    assert alice.browser().get(reverse("ledger"), {"operation": "magic"}).status_code == 422


def test_the_pages_of_a_long_ledger_have_each_operation_once(alice: Person) -> None:
    made = {str(spend(alice, held=2, charged=1)) for _ in range(27)}
    browser, seen, query = alice.browser(), [], "?kind=spent"
    while query:
        page = browser.get(reverse("ledger") + query).content.decode()
        seen += re.findall(r'href="/receipts/([0-9a-f-]+)">Receipt', page)
        older = re.search(r'rel="next"\s+href="([^"]+)"', page)
        query = older[1].replace("&amp;", "&") if older else ""
    assert sorted(seen) == sorted(made)
