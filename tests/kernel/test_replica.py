"""Reports come from a real streaming replica: with the primary's walls, their age told, and a 503 where it cannot."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import psycopg
import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from quests.actions import record_revenue
from saas.backoffice import business
from saas.backoffice.management.commands.analyst import connection_url
from saas.kernel import replica, startup, tenancy
from saas.kernel.clock import database_now
from saas.kernel.postgres import servers
from saas.kernel.postgres.base import WrongLogin
from saas.kernel.replica import ReplicaUnavailable
from saas.kernel.transactions import OpenTransaction, Statement, durable, run_batch, transaction
from saas.reports import actions as reports
from saas.reports import table
from saas.reports.http import FORMATS
from saas.reports.models import FileStatus, ReportFile
from saas.reports.table import REPORTS
from tests.backoffice.business import buys
from tests.conftest import Person, log_in, make_goal
from tests.kernel.standby import Standby, standby
from tests.machinery import until, web

pytestmark = [pytest.mark.slow, pytest.mark.own_database]

WHO = Statement("SELECT pg_is_in_recovery(), session_user::text, current_setting('statement_timeout')")


@pytest.fixture(scope="module")
def follower(own_database: None) -> Iterator[Standby]:
    with standby() as server:
        yield server


@pytest.fixture(autouse=True)
def reports_from_it(follower: Standby, db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    known = {"host": str(follower.folder), "port": "5432"}
    monkeypatch.setitem(connections.settings["default"], "REPLICA", known)
    settings.REPORTS_DATABASE_URL = follower.url
    monkeypatch.setattr(replica, "_away_until", 0.0)
    follower.catch_up()
    yield
    connections.close_all()


@pytest.fixture
def staff(oscar: Any, follower: Standby) -> Client:
    client = Client()
    log_in(client, oscar)
    follower.catch_up()
    return client


def earns(person: Person, goal: Any, amount: int) -> None:
    with person.acting():
        record_revenue(goal_id=goal.id, amount=Decimal(amount), received_on=database_now().date(), by=person.user.pk)


def lines_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode())))


def words_of(answer: Any) -> str:
    assert answer.status_code == 200
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(answer.content)).pages)


# Whose figures, and how old.


def test_figures_are_the_replicas_and_say_up_to_when(alice: Person, follower: Standby) -> None:
    goal = make_goal(alice)
    earns(alice, goal, 100)
    with follower.held_back():
        before = datetime.now(UTC)
        earns(alice, goal, 50)
        answer = alice.get("/reports/goals.csv")
        assert [line["Received"] for line in lines_of(answer)] == ["100.00"]
        assert datetime.fromisoformat(answer.headers["Figures-As-Of"]) < before
        assert "figures as of" in words_of(alice.get("/reports/goals.pdf"))
        page = alice.browser().get(reverse("report", args=["goals", "csv"]))
        assert [line["Received"] for line in lines_of(page)] == ["100.00"]
        assert alice.get(f"/goals/{goal.id}").json()["current_amount"] == "150.00", "what was just written is there"
    follower.catch_up()
    answer = alice.get("/reports/goals.csv")
    assert [line["Received"] for line in lines_of(answer)] == ["150.00"]
    assert datetime.fromisoformat(answer.headers["Figures-As-Of"]) >= before


def test_a_file_of_the_audit_log_is_the_replicas_and_the_list_the_primarys(alice: Person, follower: Standby) -> None:
    with follower.held_back():
        make_goal(alice)
        answer = alice.get("/audit-events.ndjson")
        written = [json.loads(line)["kind"] for line in b"".join(answer.streaming_content).splitlines()]
        assert "goal.created" not in written and "Figures-As-Of" in answer.headers
        assert alice.get("/audit-events").json()["data"][0]["kind"] == "goal.created"


def test_staff_see_how_old_the_figures_of_the_business_are(staff: Client, alice: Person, follower: Standby) -> None:
    def paid() -> int:
        page = staff.get(reverse("pack_analytics"))
        assert page.status_code == 200 and "Read from the replica: everything up to" in page.content.decode()
        return sum(month.paid for month in page.context["months"])

    already = paid()
    with follower.held_back():
        buys(alice)
        assert paid() == already
    follower.catch_up()
    assert paid() == already + 1
    for name in ("business", "exhaustion", "simulator"):
        page = staff.get(reverse(name))
        assert page.status_code == 200 and "UTC is in" in page.content.decode(), name


def test_without_a_replica_nothing_is_said_of_one(
    alice: Person, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings["default"], "REPLICA", {})
    assert "Figures-As-Of" not in alice.get("/reports/goals.csv").headers
    assert "replica" not in staff.get(reverse("business")).content.decode()
    assert Client().get("/readyz").json() == {"status": "ok"}
    with replica.reading():
        assert run_batch(WHO)[0][0][0] is False


def test_a_long_pdf_is_read_there_and_written_here(
    alice: Person, follower: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "AT_ONCE_MAX", 0)
    monkeypatch.setattr("saas.reports.tasks.wake", lambda *_: None)
    follower.catch_up()
    assert alice.get("/reports/tokens.pdf").status_code == 202
    with alice.acting():
        file = ReportFile.objects.get()
        with follower.stopped():
            assert reports.build(file.id) is False
            file.refresh_from_db()
            assert file.status == FileStatus.BUILDING, "it is built when the claim has run out"
        monkeypatch.setattr(replica, "_away_until", 0.0)
        ReportFile.objects.update(claim_ends_at=database_now())
        assert reports.build(file.id) is True
        file.refresh_from_db()
    assert (file.status, file.lines_done) == (FileStatus.READY, 1)
    assert "figures as of" in words_of(alice.get("/reports/tokens.pdf"))


# The walls.


def test_the_walls_between_organizations_stand_on_the_replica(
    alice: Person, mallory: Person, follower: Standby
) -> None:
    for person in (alice, mallory):
        make_goal(person, title=f"Of {person.organization_id}")
    follower.catch_up()
    for person in (alice, mallory):
        [line] = lines_of(person.get("/reports/goals.csv"))
        assert line["Goal"] == f"Of {person.organization_id}"
        with tenancy.request(), tenancy.organization(person.organization_id), replica.reading():
            for table in ("quests_goal", "tokens_entry", "audit_event", "accounts_membership"):
                seen, [who] = run_batch(Statement(f"SELECT DISTINCT organization_id FROM {table}"), WHO)
                assert seen == [(person.organization_id,)], table
                assert who[:2] == (True, "app_web")
    with tenancy.request(), replica.reading():
        assert run_batch(Statement("SELECT id FROM quests_goal"))[0] == []
        for refused in ("SET ROLE app_system", "SET ROLE app_owner"):
            with pytest.raises(DatabaseError, match="permission denied"):
                run_batch(Statement(refused))


def test_the_limits_hold_there_and_nothing_is_written(alice: Person) -> None:
    with alice.acting():
        [[(_, _, limit)]] = run_batch(WHO)
        with servers.replica():
            [[(follows, login, there)]] = run_batch(WHO)
            assert (follows, login, there) == (True, "app_jobs", limit)
            with pytest.raises(DatabaseError, match="read-only"):
                make_goal(alice)
        with pytest.raises(ReplicaUnavailable), replica.reading():
            make_goal(alice)


def test_a_transaction_and_a_network_call_know_the_replica_too(alice: Person) -> None:
    with alice.acting(), transaction():
        run_batch(WHO)
        with pytest.raises(WrongLogin), replica.reading():
            run_batch(WHO)
    with alice.acting(), replica.reading():
        run_batch(WHO)
        with durable():
            assert connection.connection is None or connection.connection.closed
        with transaction(), pytest.raises(OpenTransaction), durable():
            run_batch(WHO)


def test_analysts_are_sent_to_the_replica() -> None:
    with psycopg.connect(connection_url()) as analyst:
        assert analyst.execute("SELECT session_user::text, pg_is_in_recovery()").fetchone() == ("app_analyst", True)
        assert analyst.execute("SELECT count(*) FROM reporting_payments").fetchone()


# What goes wrong.


def check_unavailable(alice: Person, staff: Client) -> None:
    answer = alice.get("/reports/goals.csv")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "5")
    for client, name, arguments in ((alice.browser(), "report", ["goals", "csv"]), (staff, "business", [])):
        page = client.get(reverse(name, args=arguments))
        assert page.status_code == 503 and page["Retry-After"] == "5"
        assert "Reports are not available for a moment" in page.content.decode()


def test_a_replica_that_is_away_stops_reports_and_nothing_else(
    alice: Person, staff: Client, follower: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = make_goal(alice)
    with follower.stopped():
        check_unavailable(alice, staff)
        assert Client().get("/readyz").json() == {"status": "ok", "reports": "replica unavailable"}
        assert alice.get(f"/goals/{goal.id}").status_code == 200
        assert alice.post("/goals", {"title": "Go on", "target_amount": "1.00"}).status_code == 201
        with pytest.raises(CommandError, match="cannot answer now"):
            call_command("margins", stdout=StringIO())
    monkeypatch.setattr(replica, "_away_until", 0.0)  # the five seconds are over
    follower.catch_up()
    assert len(lines_of(alice.get("/reports/goals.csv"))) == 2
    assert Client().get("/readyz").json() == {"status": "ok", "reports": "replica"}
    out = StringIO()
    call_command("margins", stdout=out)
    assert "Read from the replica" in out.getvalue()


def test_a_replica_that_hangs_is_not_waited_for_for_ever(alice: Person, follower: Standby) -> None:
    connections.close_all()
    with follower.hanging():
        for _ in range(2):  # the second is told at once
            answer = alice.get("/reports/goals.csv")
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert replica.is_away()
        assert alice.get("/goals").status_code == 200


def test_a_file_that_was_begun_is_whole_also_when_the_replica_goes(
    alice: Person, follower: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "CHUNK", 1)
    for number in range(4):
        make_goal(alice, title=f"Goal {number}")
    follower.catch_up()
    answer = alice.get("/reports/goals.ndjson")
    pieces = iter(answer.streaming_content)
    read = [next(pieces)]
    with follower.stopped():
        read += list(pieces)
    assert [json.loads(line)["goal"] for line in read] == [f"Goal {number}" for number in range(4)]


def test_nobody_queues_behind_a_replica_that_is_away(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> None:
        raise psycopg.OperationalError("connection refused")

    with pytest.raises(ReplicaUnavailable), replica.reading(), connection.wrap_database_errors:
        lost()
    asked: list[str] = []
    monkeypatch.setattr(servers, "replica", lambda: asked.append("asked"))
    with pytest.raises(ReplicaUnavailable), replica.reading():
        pass
    assert asked == []


def test_a_conflict_with_recovery_is_no_error_of_ours(
    staff: Client, follower: Standby, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(**_: Any) -> None:
        with transaction():
            run_batch(Statement("SELECT count(*) FROM kernel_readiness_probe"))
            with superuser.transaction():  # a migration's lock, which the replica must take, too
                superuser.execute("LOCK TABLE kernel_readiness_probe IN ACCESS EXCLUSIVE MODE")
            run_batch(Statement("SELECT pg_sleep(50)"))

    monkeypatch.setattr(business, "business", cancelled)
    with follower.impatient():
        page = staff.get(reverse("business"))
    assert page.status_code == 503
    assert "Reports are not available for a moment" in page.content.decode()
    assert not replica.is_away(), "it answered"


def test_a_replica_that_is_behind_a_migration_is_no_error_of_ours(
    follower: Standby, superuser: psycopg.Connection
) -> None:
    with follower.held_back():
        superuser.execute("CREATE TABLE of_a_new_release ()")
        try:
            with pytest.raises(ReplicaUnavailable), tenancy.system(), replica.reading():
                run_batch(Statement("SELECT FROM of_a_new_release"))
        finally:
            superuser.execute("DROP TABLE of_a_new_release")
    with pytest.raises(DatabaseError), tenancy.system():
        run_batch(Statement("SELECT FROM of_a_new_release"))


def test_production_refuses_what_is_no_replica_of_its_database(
    follower: Standby, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = connections.settings["default"]
    assert list(replica.replica_problems()) == [], "only production asks"
    settings.PRODUCTION = True
    assert list(replica.replica_problems()) == []
    monkeypatch.setitem(known, "REPLICA", {**known["REPLICA"], "dbname": "postgres"})
    [other] = replica.replica_problems()
    assert "leads to database 'postgres'" in other
    connections.close_all()
    monkeypatch.setitem(known, "REPLICA", {"host": known["HOST"], "port": known["PORT"] or "5432"})
    [primary] = replica.replica_problems()
    assert "takes writes" in primary and primary in startup.problems(), "nothing starts"
    connections.close_all()
    both = iter([(False, 1, "milepost", []), (True, 2, "milepost", ["app_web"])])
    monkeypatch.setattr(replica, "_identity", lambda: next(both))
    system, login = replica.replica_problems()
    assert "of system 2" in system and "app_web may pass by the policies" in login


def test_a_web_process_has_a_pool_for_it_and_finds_it_again(alice: Person, follower: Standby) -> None:
    with web({"REPORTS_DATABASE_URL": follower.url}) as server:

        def ask(path: str) -> tuple[int, str]:
            answer = server.ask(alice, "GET", path)
            return answer.status, answer.headers.get("figures-as-of", "")

        follower.catch_up()
        make_goal(alice)
        follower.catch_up()
        status, as_of = ask("/reports/goals.ndjson")
        assert status == 200 and as_of
        with follower.superuser() as there:
            logins = "SELECT usename::text, count(*) FROM pg_stat_activity WHERE usename LIKE 'app_%' GROUP BY 1"
            assert dict(there.execute(logins).fetchall()).keys() == {"app_web"}
        with follower.stopped():
            assert ask("/reports/goals.ndjson")[0] == 503
            assert ask("/goals")[0] == 200
        until(lambda: ask("/reports/goals.ndjson")[0] == 200)


def test_every_report_can_be_read_from_a_server_that_takes_no_write(alice: Person, follower: Standby) -> None:
    goal = make_goal(alice)
    assert alice.post("/quests", {"goal": str(goal.id), "count": 1}).status_code == 201
    follower.catch_up()
    for path in (f"{name}.{form}" for name in REPORTS for form in FORMATS):
        answer = alice.get(f"/reports/{path}")
        assert answer.status_code == 200, path
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert len(body) > 20
