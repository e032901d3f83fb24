"""No organization sees or touches another one's rows, whatever the application forgets to filter.

The walls are asked for in PostgreSQL's own catalog and tried with raw SQL, so a table added tomorrow is
covered without a line here. Synthetic rows are made by the superuser, in a transaction that is rolled back.
"""

import itertools
import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from functools import partial
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, connections, models
from django.db.transaction import atomic

from saas.accounts.models import Department, Organization
from saas.accounts.tenancy import TenantModel
from saas.kernel import isolation, tenancy
from saas.kernel.isolation import TenantForeignKey
from saas.kernel.postgres.base import DatabaseWrapper, WrongLogin
from saas.kernel.transactions import OpenTransaction, Statement, durable, run_batch
from tests.conftest import Person
from tests.kernel.bouncer import pgbouncer
from tests.kernel.walls import LOOKED_UP, WALLS, Stage, references, tenant_tables

APPLICATION = ("app_web", "app_jobs", "app_system")
WRITTEN_BY_FUNCTIONS_ONLY = {
    "audit_chain_head",
    "audit_event",
    "audit_opening",
    "quests_change",
    "quests_change_head",
    "tokens_account",
    "tokens_bucket",
    "tokens_entry",
    "tokens_hold",
    "tokens_quota",
}
ANALYZED = {
    "abuse_flag",
    "accounts_organization",
    "audit_event",
    "marketplace_order",
    "marketplace_paidsubscription",
    "marketplace_payment",
    "tokens_bucket",
    "tokens_entry",
    "tokens_hold",
}
"""What the reporting views of analysts are made of; tests/backoffice/test_analysts.py says what they see of it."""
FOR_MANY = {
    "audit_event",
    "audit_opening",
    "audit_reader_position",
    "kernel_set_aside",
    "tokens_account",
    "tokens_bucket",
    "tokens_entry",
    "tokens_hold",
    "tokens_quota",
}
"""What the owner's functions see and write of many organizations, when the system calls them for none."""
APPEND_ONLY = ("audit_event", "tokens_entry")


def rows(cursor: Any, statement: str, *params: Any) -> list[tuple[Any, ...]]:
    cursor.execute(statement, params)
    return list(cursor.fetchall())


# Who the application is.


def test_the_application_connects_as_a_role_that_nothing_exempts() -> None:
    with connection.cursor() as cursor:
        [answer] = rows(
            cursor,
            "SELECT session_user, current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
            " rolreplication FROM pg_roles WHERE rolname = session_user",
        )
    assert answer == ("app_jobs", "app_jobs", False, False, False, False, False)
    with tenancy.request(), connection.cursor() as cursor:
        assert rows(cursor, "SELECT session_user, current_user") == [("app_web", "app_web")]


def test_it_owns_nothing_and_may_change_no_table(superuser: psycopg.Connection) -> None:
    owned = "SELECT count(*) FROM pg_class WHERE relowner = ANY ('{app_web,app_jobs,app_system}'::regrole[])"
    assert superuser.execute(owned).fetchone() == (0,)
    for role in APPLICATION:
        may = f"""
            SELECT has_schema_privilege('{role}', 'public', 'CREATE'),
                pg_has_role('{role}', 'app_owner', 'MEMBER'), count(*) FILTER (
                WHERE has_table_privilege('{role}', oid, 'TRUNCATE, REFERENCES, TRIGGER, MAINTAIN'))
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
        """
        assert superuser.execute(may).fetchone() == (False, False, 0)


@pytest.mark.parametrize(("login", "becomes"), [("app_web", False), ("app_jobs", True)])
def test_only_jobs_become_the_system_and_only_when_they_say_so(
    superuser: psycopg.Connection, login: str, becomes: bool
) -> None:
    inherits = "SELECT pg_has_role(%s, 'app_system', 'USAGE'), pg_has_role(%s, 'app_system', 'SET')"
    assert superuser.execute(inherits, [login, login]).fetchone() == (False, becomes)


def test_a_request_cannot_become_the_system_whatever_sql_it_runs(alice: Person) -> None:
    for role in ("app_system", "app_jobs", "app_owner"):
        with (
            tenancy.request(),
            tenancy.organization(alice.organization_id),
            pytest.raises(ProgrammingError, match="permission denied to set role"),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SET ROLE {role}; SELECT * FROM accounts_organization")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_user SET is_superuser = true WHERE id = %(user)s",
        "UPDATE accounts_user SET is_staff = true WHERE id = %(user)s",
        "INSERT INTO accounts_user (id, email, password, name, is_staff, is_superuser, is_active, date_joined)"
        " VALUES (gen_random_uuid(), gen_random_uuid() || '@example.com', '', '', true, false, true, now())",
        "INSERT INTO accounts_user_groups (user_id, group_id) VALUES (%(user)s, 1)",
        "INSERT INTO accounts_user_user_permissions (user_id, permission_id) VALUES (%(user)s, 1)",
        "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (1, 1)",
    ],
    ids=lambda statement: " ".join(statement.split()[1:5]),
)
def test_a_request_makes_nobody_staff_whatever_sql_it_runs(alice: Person, statement: str) -> None:
    """S24: the pages of staff are the system's, so making oneself staff would be becoming the system."""
    with tenancy.request(), tenancy.organization(alice.organization_id):
        alice.user.save()  # with all columns, as Django does
        with pytest.raises(ProgrammingError, match="does not say who is staff"), connection.cursor() as cursor:
            cursor.execute(statement, {"user": alice.user.pk})


def test_a_request_takes_the_other_login_for_the_system_and_never_inside_of_a_transaction(alice: Person) -> None:
    with tenancy.request(), tenancy.organization(alice.organization_id):
        with tenancy.system(), connection.cursor() as cursor:
            assert rows(cursor, "SELECT session_user, current_user") == [("app_jobs", "app_system")]
        with connection.cursor() as cursor:
            assert rows(cursor, "SELECT session_user, current_user") == [("app_web", "app_web")]
        with atomic():
            Department.objects.create(name="Bakery")
            with tenancy.system(), pytest.raises(WrongLogin):
                Department.objects.count()
            assert Department.objects.count() == 1


def test_each_login_has_a_pool_of_its_own() -> None:
    pooled = pooled_connection()
    for context, login in ((tenancy.request, "app_web"), (tenancy.system, "app_jobs"), (tenancy.request, "app_web")):
        with context(), pooled.cursor() as cursor:
            assert rows(cursor, "SELECT session_user")[0] == (login,)
    pooled.close()
    pooled.close_pool()


# The policies.


def test_every_tenant_table_has_exactly_our_policies_forced(superuser: psycopg.Connection) -> None:
    for kind, column in itertools.product(("like", "looked_up", "many"), ("organization_id", "id")):
        superuser.execute(f"CREATE TEMP TABLE {kind}_{column} ({column} uuid)")
        for statement in ("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", "ALTER TABLE {} FORCE ROW LEVEL SECURITY"):
            superuser.execute(statement.format(f"{kind}_{column}"))
        for statement in isolation.policies(f"{kind}_{column}", column=column):
            superuser.execute(statement)
        if kind == "looked_up":
            superuser.execute(f"CREATE POLICY of_lookup ON {kind}_{column} FOR SELECT TO app_owner USING (true)")
        if kind == "many":
            superuser.execute(
                f"CREATE POLICY of_many ON {kind}_{column} TO app_owner"
                " USING (current_setting('role') = 'app_system'"
                " AND coalesce(current_setting('app.current_org', true), '') = '')"
            )
    stated = """
        SELECT c.relrowsecurity, c.relforcerowsecurity, (SELECT jsonb_agg(jsonb_build_array(
            polname, polcmd, polpermissive, polroles::regrole[],
            pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        ) ORDER BY polname) FROM pg_policy WHERE polrelid = c.oid)
        FROM pg_class c WHERE c.oid = %s::regclass
    """
    for table, column in tenant_tables(superuser).items():
        like = f"{'looked_up' if table in LOOKED_UP else 'many' if table in FOR_MANY else 'like'}_{column}"
        found, wanted = (superuser.execute(stated, [name]).fetchone() for name in (table, like))
        assert found and wanted
        ours = [each for each in found[2] if each[3] != ["app_analyst"]]
        assert (*found[:2], ours) == wanted, table
        assert found[:2] == (True, True)
        of_analyst = [each[:3] for each in found[2] if each not in ours and each[2]]
        assert of_analyst == ([["of_analyst", "r", True]] if table in ANALYZED else []), table


def test_every_model_of_an_organization_is_a_tenant_table(superuser: psycopg.Connection) -> None:
    theirs = {
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.managed and any(field.column == "organization_id" for field in model._meta.local_concrete_fields)
    }
    assert theirs | {"accounts_organization"} == set(tenant_tables(superuser))


def test_every_view_reads_with_the_rights_of_who_asks(superuser: psycopg.Connection) -> None:
    views = superuser.execute(
        "SELECT relname, reloptions FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
    ).fetchall()
    assert views
    assert [name for name, options in views if "security_invoker=true" not in (options or [])] == []


# Trying it: a row of alice's and one of mallory's in every table, and mallory at work with raw SQL.


@pytest.fixture
def stage(superuser: psycopg.Connection) -> Iterator[Stage]:
    with superuser.transaction(force_rollback=True):
        yield Stage(superuser)


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.__name__)
def test_the_walls_stand(stage: Stage, wall: Callable[[Stage], None]) -> None:
    wall(stage)


def test_there_are_references_between_tenant_tables() -> None:
    assert references()


# References between organizations.


def test_every_reference_between_tenant_models_is_inside_one_organization() -> None:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and issubclass(field.remote_field.model, TenantModel):
                assert isinstance(field, TenantForeignKey), f"{model.__name__}.{field.name}"
            if isinstance(field, models.ManyToManyField):
                assert not issubclass(field.remote_field.model, TenantModel), f"{model.__name__}.{field.name}"


# What may not be written at all.


def test_ledger_and_audit_are_written_by_functions_only(superuser: psycopg.Connection) -> None:
    readable = "SELECT has_table_privilege(%s, %s, 'SELECT'), has_table_privilege(%s, %s, 'INSERT, UPDATE, DELETE')"
    for table in WRITTEN_BY_FUNCTIONS_ONLY:
        for role in APPLICATION:
            assert superuser.execute(readable, [role, table, role, table]).fetchone() == (True, False), table


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("role", ["app_web", "app_system", "app_owner"])
@pytest.mark.parametrize("change", ["UPDATE {} SET seq = 7", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_happened_stays(stage: Stage, table: str, role: str, change: str) -> None:
    refusal = psycopg.errors.RestrictViolation if role == "app_owner" else psycopg.errors.InsufficientPrivilege
    with stage.acting(stage.alice, role=role), pytest.raises(refusal):
        stage.sql.execute(change.format(table))


# Clocks: a real organization's is moved under sandbox payments only, whatever the application does.


@pytest.mark.parametrize(("mode", "moves"), [("sandbox", True), ("test", False), ("live", False), ("", False)])
@pytest.mark.parametrize("role", ["app_web", "app_system"])
def test_a_real_clock_stands_still_where_real_money_moves(stage: Stage, mode: str, moves: bool, role: str) -> None:
    stage.sql.execute("UPDATE accounts_installation SET billing_mode = %s", [mode])
    move = "UPDATE accounts_organization SET clock_offset = clock_offset + '1 day' WHERE id = %s"
    refused = nullcontext() if moves else pytest.raises(psycopg.errors.CheckViolation)
    with stage.acting(stage.alice, role=role), refused:
        stage.sql.execute(move, [stage.alice])


def test_a_test_organization_has_a_clock_and_stays_one(stage: Stage) -> None:
    stage.sql.execute("UPDATE accounts_installation SET billing_mode = 'live'")
    become = "UPDATE accounts_organization SET sandbox_of_id = %s WHERE id = %s"
    with stage.acting(stage.alice), pytest.raises(psycopg.errors.CheckViolation):
        stage.sql.execute(become, [stage.mallory, stage.alice])
    made = "INSERT INTO accounts_organization (id, name, timezone, currency, sandbox_of_id, clock_offset)"
    copy = uuid4()
    with stage.acting(copy):
        stage.sql.execute(f"{made} VALUES (%s, 'test', 'UTC', 'USD', %s, '1 day')", [copy, stage.alice])
        move = "UPDATE accounts_organization SET clock_offset = '30 days' WHERE id = %s"
        assert stage.sql.execute(move, [copy]).rowcount == 1


def test_no_role_of_the_application_says_how_money_is_earned(stage: Stage) -> None:
    for role in APPLICATION:
        with stage.acting(None, role=role), pytest.raises(psycopg.errors.InsufficientPrivilege):
            stage.sql.execute("UPDATE accounts_installation SET billing_mode = 'sandbox'")


# The functions that write with the owner's rights.

DEFINERS = """
    SELECT p.oid::regprocedure::text, p.proname, p.proowner::regrole::text, p.proconfig::text,
        has_function_privilege('public', p.oid, 'EXECUTE'),
        array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t)
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
"""


def test_definer_functions_are_pinned_and_not_for_everybody(superuser: psycopg.Connection) -> None:
    found = superuser.execute(DEFINERS).fetchall()
    assert len(found) >= 10
    for signature, _, owner, configuration, public, _ in found:
        assert (owner, public) == ("app_owner", False), signature
        assert "search_path=public, pg_temp" in configuration, signature


FOR_NOBODY = {
    "organization_now": "tells nobody the database's time and changes nothing",
    "quests_number_change": "is a trigger, of isolated tables only",
    "accounts_home_of_key": "answers with an id, to who knows the secret",
    "accounts_home_of_invitation": "answers with an id, to who knows the secret",
    "marketplace_home_of_gift": "answers with an id, to who knows the secret",
    "accounts_homes_of_person": "answers with ids",
    "accounts_test_organization": "answers nobody with nothing",
}
"""Functions that may be called for no organization, and why."""


FOR_THE_SYSTEM = {"audit_append_many", "audit_sign_opening", "tokens_detach", "tokens_grant_many", "tokens_sweep_many"}
"""Functions that act for many organizations: jobs call them as app_system, and nobody else may."""


def test_they_act_for_nobody_else_than_the_organization_acted_for(stage: Stage) -> None:
    for signature, name, *_, kinds in stage.sql.execute(DEFINERS).fetchall():
        if name in FOR_NOBODY or name in FOR_THE_SYSTEM:
            continue
        nothing = ", ".join(f"NULL::{kind}" for kind in kinds)
        with (
            stage.acting(None),
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="no organization is set"),
        ):
            stage.sql.execute(f"SELECT {name}({nothing})")
        assert "organization" not in signature, "an organization must never be a parameter"


def test_only_the_system_acts_for_many_and_only_when_it_acts_for_none(stage: Stage) -> None:
    for signature, name, *_ in stage.sql.execute(DEFINERS).fetchall():
        may = [
            stage.sql.execute("SELECT has_function_privilege(%s, %s, 'EXECUTE')", [role, signature]).fetchone()
            for role in ("app_web", "app_jobs", "app_system")
        ]
        assert (may == [(False,), (False,), (True,)]) is (name in FOR_THE_SYSTEM), signature
    event = json.dumps([{"organization": str(stage.alice), "kind": "x", "data": {}}])
    for organization, outcome in ((None, nullcontext()), (stage.mallory, pytest.raises(psycopg.DatabaseError))):
        with stage.acting(organization, role="app_system"), outcome:
            stage.sql.execute("SELECT audit_append_many(%s, '{}')", [event])
    with stage.acting(stage.mallory, role="app_system"):
        assert stage.sql.execute("SELECT tokens_sweep_many(%s, '{}')", [[stage.alice]]).fetchone() == ([],)


def test_mallory_can_do_nothing_with_alices_ids(stage: Stage) -> None:
    hold, quota = (stage.rows[table, stage.alice]["id"] for table in ("tokens_hold", "tokens_quota"))
    with stage.acting(stage.mallory):
        with pytest.raises(psycopg.DatabaseError, match="no such hold"), stage.sql.transaction():
            stage.sql.execute("SELECT tokens_hold_end(%s, 'released', 0, '{}', '{}', '')", [hold])
        assert stage.sql.execute("SELECT tokens_hold_absorb(%s, 3, '{}')", [hold]).fetchone() == (None,)
        assert stage.sql.execute("SELECT tokens_quota_remove(%s, '{}', '')", [quota]).fetchone() == (False,)
        assert stage.sql.execute("SELECT tokens_receipt(%s)", [hold]).fetchone() == (None,)
        stage.sql.execute("SELECT tokens_suspend('{}', 'mine')")
        stage.sql.execute("SELECT tokens_sweep('{}')")
        assert stage.sql.execute("SELECT tokens_sweep_due(100, '{}')").fetchone() == (0,)
    unchanged = "SELECT to_jsonb(h) FROM tokens_hold h WHERE id = %s"
    assert stage.sql.execute(unchanged, [hold]).fetchone() == (stage.rows["tokens_hold", stage.alice],)


@pytest.mark.parametrize(
    "call",
    [
        "tokens_post(a, now(), 'grant', 500, 0, 0, NULL)",
        "tokens_end(a, now(), (SELECT h FROM tokens_hold h LIMIT 1), 'released', 0, '{}', '{}', '')",
        "audit_append_to(a.organization_id, 'tokens.granted', '{}', '{}', '')",
    ],
)
def test_their_inner_parts_do_not_work_from_outside(stage: Stage, call: str) -> None:
    for role in APPLICATION:
        with stage.acting(stage.mallory, role=role), pytest.raises(psycopg.errors.InsufficientPrivilege):
            stage.sql.execute(f"SELECT {call} FROM tokens_account a LIMIT 1")


# Django's connection carries the context of the code that runs.


SEEN = "SELECT coalesce(current_setting('app.current_org', true), ''), current_user"


def seen_by_postgres() -> tuple[str | None, str]:
    with connection.cursor() as cursor:
        [(organization, role)] = rows(cursor, SEEN)
    assert run_batch(Statement(SEEN)) == [[(organization, role)]]
    return organization or None, role


def tenant_by_python() -> tuple[str | None, str]:
    organization, as_system = tenancy.current_tenant() or ("", False)
    return organization or None, "app_system" if as_system else tenancy.login()


def test_the_application_finds_its_own_and_nobody_finds_anything(alice: Person, mallory: Person) -> None:
    with alice.acting():
        Department.objects.create(name="Bakery")
        assert Organization.objects.get().pk == alice.organization_id
    with mallory.acting():
        assert not Department.objects.filter(organization_id=alice.organization_id).exists()
        assert not models.QuerySet(Department).filter(organization_id=alice.organization_id).exists()
        with pytest.raises(ProgrammingError, match="row-level security"):
            Department.objects.create(name="Mine", organization_id=alice.organization_id)
    assert not Organization.objects.exists()
    with pytest.raises(ProgrammingError, match="row-level security"):
        Organization.objects.create(name="Nobody's")


def test_an_error_inside_a_savepoint_leaves_the_transaction_usable(alice: Person) -> None:
    with alice.acting(), atomic():
        Department.objects.create(name="Bakery")
        with pytest.raises(IntegrityError), atomic():
            Department.objects.create(name="Bakery")
        assert Department.objects.count() == 1


class Improviser:
    """Runs a random program of nested contexts, transactions, savepoints, errors and reconnections."""

    def __init__(self, seed: int, organizations: list[UUID]) -> None:
        self.random = random.Random(seed)
        self.organizations = organizations
        self.checks = 0
        self.moves: list[Callable[[int], None]] = [
            self.within(lambda: tenancy.organization(self.random.choice(self.organizations))),
            self.within(tenancy.system),
            self.within(tenancy.nobody),
            self.within(tenancy.request),
            self.within(lambda: atomic(savepoint=self.random.random() < 0.8)),
            self.entered,
            self.failing,
            self.refused,
            self.outside,
        ]

    def play(self, depth: int = 6) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.check()
            if depth:
                self.random.choice(self.moves)(depth - 1)
        self.check()

    def check(self) -> None:
        if not connection.needs_rollback:
            assert seen_by_postgres() == tenant_by_python()
            self.checks += 1

    def within(self, context: Callable[[], AbstractContextManager[Any]]) -> Callable[[int], None]:
        def move(depth: int) -> None:
            with context():
                wrapper: Any = connection
                if connection.in_atomic_block and wrapper._way.login != tenancy.login():
                    with pytest.raises(WrongLogin):
                        seen_by_postgres()
                else:
                    self.play(depth)

        return move

    def entered(self, depth: int) -> None:
        with tenancy.nobody():
            tenancy.enter(self.random.choice([None, *self.organizations]))
            self.play(depth)

    def failing(self, depth: int) -> None:
        """Leave a block by an exception."""
        with (
            suppress(ZeroDivisionError),
            atomic(),
            tenancy.organization(self.random.choice(self.organizations)),
        ):
            self.play(depth)
            raise ZeroDivisionError

    def refused(self, depth: int) -> None:
        """Have PostgreSQL refuse a statement, in a savepoint or outside of any transaction."""
        if connection.needs_rollback or (connection.in_atomic_block and tenancy.login() == "app_web"):
            return
        with tenancy.system(), suppress(DatabaseError), atomic():
            connection.cursor().execute("SELECT 1 / 0")
        assert not connection.needs_rollback
        self.play(depth)

    def outside(self, depth: int) -> None:
        """Let go of the connection, as before a call over the network."""
        with suppress(OpenTransaction), durable():
            self.play(depth)


@pytest.mark.parametrize(
    "way",
    [
        *("own connections", "a pool of two"),
        *(pytest.param(way, marks=pytest.mark.slow) for way in ("as text", "PgBouncer")),
    ],
)
def test_postgresql_always_sees_the_context_of_the_code(way: str) -> None:
    organizations = [uuid4() for _ in range(3)]
    seeds, failures, checks = [random.randrange(2**32) for _ in range(4)], [], []
    barrier = Barrier(len(seeds))
    known = connections.settings["default"]
    changes: dict[str, Any] = {}
    with ExitStack() as stack:
        if way == "a pool of two":
            changes = pool_of_two()
            stack.callback(pooled_connection().close_pool)
        elif way == "as text":
            changes = {"OPTIONS": {**known["OPTIONS"], "prepare": False}}
        elif way == "PgBouncer":
            changes = stack.enter_context(pgbouncer(connections_max=2))

        def improvise(seed: int) -> None:
            if changes:
                connections["default"] = DatabaseWrapper({**known, **changes}, alias="default")
            barrier.wait()
            improviser = Improviser(seed, organizations)
            try:
                while improviser.checks < 500:
                    improviser.play()
            except BaseException as error:
                failures.append((seed, error))
            finally:
                checks.append(improviser.checks)
                connection.close()

        threads = [Thread(target=partial(improvise, seed)) for seed in seeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert sum(checks) >= 2000


def pool_of_two() -> dict[str, Any]:
    """The settings of connections that share a pool of two."""
    pool = {"min_size": 1, "max_size": 2, "timeout": 30}
    return {"OPTIONS": {**connections.settings["default"]["OPTIONS"], "pool": pool}, "CONN_MAX_AGE": 0}


def pooled_connection() -> DatabaseWrapper:
    """A connection of Django's that shares a pool of two."""
    return DatabaseWrapper({**connections.settings["default"], **pool_of_two()}, alias="default")
