"""`deploy/citus.sql` on a database of ours: where each table goes, and what is left of its walls when it got there.

There is no Citus here. Its catalog and the three functions that move things are doubles which write down what they
are asked; the rest of the file runs as it is, and what Citus would refuse is looked for in PostgreSQL's catalog.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests import databases
from tests.conftest import make_goal, open_business
from tests.kernel import plans
from tests.kernel.walls import WALLS, Stage, tenant_tables
from tests.pages import path_of

pytestmark = pytest.mark.own_database

FILE = Path(settings.BASE_DIR) / "deploy" / "citus.sql"
DOUBLES = """
    CREATE SCHEMA doubles;
    CREATE TABLE doubles.pg_dist_partition (
        number int GENERATED ALWAYS AS IDENTITY, logicalrelid regclass PRIMARY KEY, partmethod "char", repmodel "char",
        distribution_column text, colocate_with text);
    CREATE TABLE doubles.functions (name regprocedure PRIMARY KEY);
    CREATE FUNCTION doubles.create_reference_table(table_name regclass) RETURNS void LANGUAGE sql AS $$
        INSERT INTO doubles.pg_dist_partition (logicalrelid, partmethod, repmodel) VALUES (table_name, 'n', 't')
    $$;
    CREATE FUNCTION doubles.create_distributed_table(
        table_name regclass, distribution_column text, colocate_with text DEFAULT 'default')
        RETURNS void LANGUAGE sql AS $$
        INSERT INTO doubles.pg_dist_partition (logicalrelid, partmethod, repmodel, distribution_column, colocate_with)
        VALUES (table_name, 'h', 's', distribution_column, colocate_with)
    $$;
    CREATE FUNCTION doubles.create_distributed_function(function_name regprocedure) RETURNS void LANGUAGE sql AS $$
        INSERT INTO doubles.functions VALUES (function_name)
    $$;
"""
SETTINGS = (
    "SET search_path = public, doubles",
    "SET citus.propagate_set_commands = 'local'",
    "SET citus.enable_unsafe_triggers = 'on'",
    "SET citus.allow_nested_distributed_execution = 'on'",
)
LEFT_BEHIND = {
    "audit_notification",  # what is addressed to a person names no organization
    "kernel_set_aside",  # jobs' work, some of it nobody's
    "marketplace_sandbox_answer",  # the make-believe Stripe
    "marketplace_sandbox_delivery",
    "marketplace_sandbox_event",
    "marketplace_sandbox_object",
}
"""Tables with an organization that stay on the coordinator, since a row of theirs may have none: must not grow."""
WHOLE = {
    "accounts_apikey",
    "accounts_department",
    "accounts_invitation",
    "accounts_membership",
    "accounts_organization",
    "marketplace_credit_note",
    "marketplace_customer",
    "marketplace_gift",
    "marketplace_invoice",
    "marketplace_order",
    "marketplace_paidsubscription",
    "marketplace_payment",
    "quests_calendar_feed",
}
"""Tables with an organization that each node has the whole of; deploy/citus.sql says of each why: must not grow."""


def run(connection: psycopg.Connection) -> None:
    """Run the file as psql does: statement by statement."""
    for statement in re.split(r";\n(?:\n|\Z)", FILE.read_text()):
        connection.execute(statement)


@pytest.fixture(scope="module")
def cluster(own_database: None) -> Iterator[psycopg.Connection]:
    """A connection to this module's database, spread over a cluster as far as that goes without one."""
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(DOUBLES)
        for statement in SETTINGS:
            connection.execute(statement)
        run(connection)
        yield connection


def placed(cluster: psycopg.Connection, how: str) -> set[str]:
    found = cluster.execute("SELECT logicalrelid::text FROM pg_dist_partition WHERE partmethod = %s", [how]).fetchall()
    return {name for (name,) in found}


def test_every_table_of_organizations_goes_where_its_organization_is(cluster: psycopg.Connection) -> None:
    assert placed(cluster, "h") | WHOLE | LEFT_BEHIND == set(tenant_tables(cluster))
    assert placed(cluster, "n") >= WHOLE
    assert placed(cluster, "h").isdisjoint(WHOLE | LEFT_BEHIND)
    how = cluster.execute(
        "SELECT DISTINCT distribution_column, colocate_with FROM pg_dist_partition"
        " WHERE partmethod = 'h' AND logicalrelid <> 'tokens_account'::regclass"
    ).fetchall()
    assert how == [("organization_id", "tokens_account")]
    first = "SELECT logicalrelid::text FROM pg_dist_partition WHERE partmethod = 'h' ORDER BY number LIMIT 1"
    assert cluster.execute(first).fetchone() == ("tokens_account",)


def test_every_key_of_a_distributed_table_names_the_organization(cluster: psycopg.Connection) -> None:
    anywhere = cluster.execute(
        """
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_dist_partition d ON d.logicalrelid = i.indrelid
        WHERE d.partmethod = 'h' AND i.indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attname = 'organization_id'
                AND a.attnum = ANY (i.indkey::int2[]))
        """
    ).fetchall()
    assert anywhere == []
    with_primary_key = cluster.execute(
        "SELECT indrelid::regclass::text FROM pg_index WHERE indisprimary AND indrelid = ANY (%s::regclass[])",
        [sorted(placed(cluster, "h"))],
    ).fetchall()
    assert {name for (name,) in with_primary_key} == placed(cluster, "h")
    nullable = cluster.execute(
        "SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'organization_id' AND NOT attnotnull"
        " AND attrelid IN (SELECT logicalrelid FROM pg_dist_partition WHERE partmethod = 'h')"
    ).fetchall()
    assert nullable == []


def test_every_reference_is_back_and_stays_on_one_node(cluster: psycopg.Connection) -> None:
    references = """
        SELECT conrelid::regclass::text, conname, confrelid::regclass::text, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2
    """
    found = cluster.execute(references).fetchall()
    with psycopg.connect(settings.DATABASE_URL, dbname=databases.MAIN) as before:
        assert found == before.execute(references).fetchall()
    distributed, everywhere = placed(cluster, "h"), placed(cluster, "n")
    for table, name, target, definition in found:
        if target in distributed:
            assert table in distributed, name
            assert definition.startswith("FOREIGN KEY (organization_id, "), name
        elif table in distributed | everywhere:
            assert target in everywhere, name


def test_workers_have_what_triggers_call(cluster: psycopg.Connection) -> None:
    functions = {name for (name,) in cluster.execute("SELECT name::text FROM doubles.functions").fetchall()}
    triggers = cluster.execute(
        "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger JOIN pg_dist_partition ON logicalrelid = tgrelid"
        " WHERE NOT tgisinternal"
    ).fetchall()
    assert {name for (name,) in triggers} <= functions


def test_the_walls_stand_without_the_sub_select(cluster: psycopg.Connection) -> None:
    """The same tries as in test_tenancy.py, on the policies as workers can run them."""
    stated = cluster.execute("SELECT DISTINCT qual, with_check FROM pg_policies WHERE policyname = 'of_organization'")
    for conditions in stated.fetchall():
        assert all("current_setting('app.current_org'" in each and "SELECT" not in each for each in conditions)
    with cluster.transaction(force_rollback=True):
        stage = Stage(cluster)
        for wall in WALLS:
            with cluster.transaction(force_rollback=True):
                wall(stage)


# What is asked on the hot paths says whose rows are meant, in the statement itself: without it every node is asked.

ASK_EVERY_NODE = {
    # Django joins by the id alone; a bucket or a goal of another organization cannot be referred to.
    ("tokens_entry tokens_bucket", "tokens_bucket"),
    ("tokens_entry tokens_bucket tokens_entry", "tokens_bucket"),
    ("quests_quest quests_goal quests_lead_list quests_goal quests_revenue_forecast", "quests_goal"),
}
"""A function, or a statement's tables, and the one that it asks every node for: see docs/scaling.md, must not grow."""


NAMED_BY_A_FUNCTION = {
    "audit_opening",
    "quests_goal",
    "tokens_account",
    "tokens_bucket",
    "tokens_entry",
    "tokens_gauge",
    "tokens_hold",
    "tokens_quota",
}
"""Tables that some statement asks by `organization_id = organization_acting()`, whose value leads Citus to no node."""
VALUE = re.compile(r"organization_id = ('[0-9a-f-]{36}'::uuid|\$\d+|\w+\.organization_id)")


@contextmanager
def without_policies(cluster: psycopg.Connection) -> Iterator[None]:
    """Take the condition away that row-level security puts into every statement, and that Citus does not route by."""
    tables = sorted(tenant_tables(cluster))
    for table in tables:
        cluster.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    try:
        yield
    finally:
        for table in tables:
            cluster.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def test_the_hot_paths_say_whose_rows_they_mean(cluster: psycopg.Connection) -> None:
    alice = open_business()
    goal, browser = make_goal(alice), alice.browser()
    with without_policies(cluster), plans.recorded(cluster) as scans:
        assert alice.post("/quests", {"goal": str(goal.id), "count": 1}).status_code == 201
        for end, body in (("settle", {"amount": 3}), ("release", {})):
            hold = alice.post("/tokens/holds", {"amount": 5, "purpose": "chat"}).json()["id"]
            assert alice.post(f"/tokens/holds/{hold}/{end}", body).status_code == 200
        for path in (*("tokens/balance", "tokens/ledger", "tokens/holds"), "usage?group_by=day", "audit-events"):
            assert alice.get(f"/{path}").status_code == 200
        for page in ("usage", "ledger", "audit_log"):
            assert browser.get(path_of(page)).status_code == 200
    distributed = placed(cluster, "h")
    assert {"tokens_account", "tokens_hold", "audit_event", "quests_quest", "web_idempotency"} <= {
        scan.table for scan in scans
    }
    assert "tokens_hold_place" in {scan.caller for scan in scans}
    vague = [scan for scan in scans if scan.table in distributed and not VALUE.search(scan.conditions)]
    by_function = {scan.table for scan in vague if "organization_id = organization_acting()" in scan.conditions}
    assert by_function <= NAMED_BY_A_FUNCTION
    unnamed = {
        (scan.caller, scan.table) for scan in vague if "organization_id = organization_acting()" not in scan.conditions
    }
    assert unnamed <= ASK_EVERY_NODE


def test_a_second_run_changes_nothing(cluster: psycopg.Connection) -> None:
    newest = "SELECT max(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    moved, before = placed(cluster, "h"), cluster.execute(newest).fetchone()
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as later:
        for statement in SETTINGS:
            later.execute(statement)
        later.execute("TRUNCATE doubles.functions")  # making the same function again is what Citus does
        run(later)
    assert placed(cluster, "h") == moved
    assert cluster.execute(newest).fetchone() == before
