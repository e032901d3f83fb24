"""/metrics tells what is in the database, to the machine itself or whoever knows the token."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import LazySettings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.backoffice.business import fails, runs_out, twin, works
from tests.conftest import Person, make_goal
from tokens import actions as ledger_actions

pytestmark = pytest.mark.own_database


def scrape() -> dict[str, float]:
    """Return each sample by its name and labels."""
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    samples = [sample for each in families for sample in each.samples]
    return {" ".join([sample.name, *sorted(sample.labels.values())]): sample.value for sample in samples}


def test_it_tells_of_holds_calls_and_refusals(alice: Person) -> None:
    before = scrape()
    works(alice, "0.01", "0.02")
    fails(alice, "0.01")
    with alice.acting():
        ledger_actions.hold(
            transaction_id=uuid4(),
            tokens=180,
            operation="own",
            price_book_version=None,
            seconds=60,
            user_id=alice.user.pk,
            department_id=None,
        )
    goal = str(make_goal(alice).id)
    assert alice.post("/quests", {"goal": goal, "count": 3}).status_code == 201
    assert alice.post("/quests", {"goal": goal, "count": 3}).status_code == 402
    after = scrape()

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert more("milepost_holds_open") == 1
    assert 0 <= after["milepost_holds_open_age_seconds_max"] < 600
    assert (more("milepost_provider_calls ok openai"), more("milepost_provider_calls failed openai")) == (1, 2)
    assert after["milepost_provider_seconds_p95 openai"] >= 0.01  # other tests have called it, too
    assert more("milepost_refusals insufficient_tokens") == 1
    assert after["milepost_outbox_pending"] >= 0 <= after["milepost_outbox_overdue_seconds_max"]
    assert (after["milepost_ledger_mismatches"], after["milepost_inbox_parked"]) == (0, before["milepost_inbox_parked"])
    assert str(alice.organization_id) not in Client().get("/metrics").content.decode()


def test_a_reader_of_two_words_keeps_both(alice: Person, superuser: psycopg.Connection) -> None:
    position = "INSERT INTO audit_reader_position (organization_id, reader, seq) VALUES (%s, %s, 0)"
    with superuser.transaction():
        superuser.execute(position, [alice.organization_id, "two words"])
    try:
        assert scrape()["milepost_stream_unread two words"] >= 1
    finally:
        with superuser.transaction():
            superuser.execute("DELETE FROM audit_reader_position WHERE reader = 'two words'")


def test_test_organizations_are_in_no_figure_of_customers_work(alice: Person) -> None:
    tester = twin(alice)
    before = scrape()
    works(tester, "0.01", "0.02")
    fails(tester, "0.01")
    runs_out(tester)
    after = scrape()
    about = ("milepost_holds", "milepost_refusals", "milepost_provider_calls")
    changed = {name for name in after if name.startswith(about) and after[name] != before.get(name, 0)}
    assert {name for name in changed if "_seconds_" not in name} == set()


def test_a_ledger_that_does_not_add_up_shows(alice: Person, superuser: psycopg.Connection) -> None:
    damage = "UPDATE tokens_account SET available = available + %s WHERE organization_id = %s"
    superuser.execute(damage, [1, alice.organization_id])
    try:
        assert scrape()["milepost_ledger_mismatches"] == 1
    finally:
        superuser.execute(damage, [-1, alice.organization_id])
    assert scrape()["milepost_ledger_mismatches"] == 0


@pytest.mark.parametrize(
    ("token", "asked", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "::1"}, 200),
        ("", {"REMOTE_ADDR": "10.0.0.7"}, 404),
        ("", {"REMOTE_ADDR": ""}, 404),
        ("", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ("", {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer "}, 404),
        ("s3cret", {"REMOTE_ADDR": "10.0.0.7"}, 404),
        ("s3cret", {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer wröng"}, 404),
        ("s3cret", {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer s3cret"}, 200),
    ],
)
def test_it_is_for_the_machine_itself_or_whoever_knows_the_token(
    token: str, asked: dict[str, Any], status: int, settings: LazySettings
) -> None:
    settings.METRICS_TOKEN = token
    assert Client().get("/metrics", **asked).status_code == status
