"""The walls between organizations: a row of alice's and one of mallory's in every table, and raw SQL to try them."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from psycopg import sql

from saas.kernel.isolation import TenantForeignKey

LOOKED_UP = {
    "accounts_apikey",
    "accounts_invitation",
    "accounts_membership",
    "accounts_organization",
    "marketplace_gift",
}
"""Where a function of the owner finds out whose a row is."""


def tenant_tables(superuser: psycopg.Connection) -> dict[str, str]:
    """Each table that belongs to organizations, with the column that says to which."""
    found = superuser.execute(
        """
        SELECT c.relname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        """
    ).fetchall()
    return {name: "organization_id" for (name,) in found} | {"accounts_organization": "id"}


class Stage:
    """A row of each organization in every tenant table, to be tried by any role; undone at the end."""

    def __init__(self, superuser: psycopg.Connection) -> None:
        self.sql: Any = superuser
        self.tables = tenant_tables(superuser)
        self.alice, self.mallory = uuid4(), uuid4()
        self.rows: dict[tuple[str, UUID], dict[str, Any]] = {}
        superuser.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
        for table, column in self.tables.items():
            self.forget(table, "contype = 'c'")
            for organization in (self.alice, self.mallory):
                self.rows[table, organization] = self._insert(table, {column: str(organization)})
        superuser.execute("SET LOCAL session_replication_role = origin")

    def forget(self, table: str, which: str) -> None:
        """Drop constraints, so that it is the policies which refuse."""
        found = f"SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND {which}"
        for (name,) in self.sql.execute(found).fetchall():
            self.sql.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')

    def _insert(self, table: str, values: dict[str, Any]) -> dict[str, Any]:
        """Insert a row with something in every column that must not be empty."""
        needed = """
            SELECT attname, format_type(atttypid, NULL), atttypmod - 4 FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull
        """
        for name, kind, length in self.sql.execute(needed, [table]).fetchall():
            values.setdefault(name, something(kind, length))
        return dict(self._populate(table, values, returning=f"RETURNING to_jsonb({table})").fetchone()[0])

    def _populate(self, table: str, values: dict[str, Any], returning: str = "") -> Any:
        record = f"SELECT * FROM jsonb_populate_record(NULL::{table}, %s)"
        return self.sql.execute(f"INSERT INTO {table} {record} {returning}", [json.dumps(values)])

    @contextmanager
    def acting(self, organization: UUID | None, *, role: str = "app_web") -> Iterator[None]:
        with self.sql.transaction(force_rollback=True):
            self.sql.execute(f"SET LOCAL app.current_org = '{organization or ''}'")
            self.sql.execute(f"SET LOCAL ROLE {role}")
            yield

    def touched(self, statement: str) -> int:
        """How many rows a statement found; 0 too when it is not allowed at all."""
        try:
            with self.sql.transaction(force_rollback=True):
                return int(self.sql.execute(statement).rowcount)
        except psycopg.errors.InsufficientPrivilege:
            return 0

    def insert_copy(self, table: str, row: dict[str, Any]) -> None:
        kind = "uuid" if isinstance(row.get("id"), str) else "bigint"
        again = row if self.tables[table] == "id" else {**row, "id": something(kind, 0)}
        with self.sql.transaction(force_rollback=True):
            self._populate(table, again)


NUMBERS = itertools.count(1)


def something(kind: str, length: int) -> Any:
    """A value of a column's type, unique where it can be."""
    unique, number = uuid4(), next(NUMBERS)
    values: dict[str, Any] = {
        "uuid": str(unique),
        "character varying": unique.hex[: max(length, 0) or None],
        "text": unique.hex,
        "bytea": f"\\x{unique.hex}",
        "inet": "127.0.0.1",
        "boolean": True,
        "bigint": 2**40 + number,  # far from what other tests have numbered
        "smallint": number % 2**15,
        "jsonb": {},
        "date": "2026-01-01",
        "timestamp with time zone": "2026-01-01T00:00:00Z",
    }
    return values.get(kind, number)


def references() -> list[tuple[str, TenantForeignKey]]:
    return [
        (model._meta.db_table, field)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey)
    ]


def without_a_context_there_are_no_rows_and_nothing_can_be_added(stage: Stage) -> None:
    """Act for nobody."""
    for table in stage.tables:
        with stage.acting(None):
            assert stage.touched(f"SELECT FROM {table}") == 0, table
            assert stage.touched(f"DELETE FROM {table}") == 0, table
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stage.insert_copy(table, stage.rows[table, stage.alice])


def mallory_sees_changes_and_deletes_her_own_rows_only(stage: Stage) -> None:
    """Read, change and delete."""
    for table, column in stage.tables.items():
        with stage.acting(stage.mallory):
            assert stage.touched(f"SELECT FROM {table}") == 1, table
            assert stage.touched(f"UPDATE {table} SET {column} = {column}") <= 1, table
            assert stage.touched(f"DELETE FROM {table}") <= 1, table
            hers = f"WHERE {column} = '{stage.alice}'"
            assert stage.touched(f"SELECT FROM {table} {hers}") == 0, table
            assert stage.touched(f"SELECT FROM {table} {hers} FOR UPDATE") == 0, table
            assert stage.touched(f"UPDATE {table} SET {column} = {column} {hers}") == 0, table
            assert stage.touched(f"DELETE FROM {table} {hers}") == 0, table


def mallory_plants_nothing_with_alice(stage: Stage) -> None:
    """Add to her rows, or move rows to her."""
    for table, column in stage.tables.items():
        with stage.acting(stage.mallory):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stage.insert_copy(table, {**stage.rows[table, stage.mallory], column: str(stage.alice)})
            with pytest.raises(psycopg.errors.InsufficientPrivilege), stage.sql.transaction():
                stage.sql.execute(f"UPDATE {table} SET {column} = '{stage.alice}'")


def the_owner_is_bound_by_the_policies_too(stage: Stage) -> None:
    """Act as the role that the tables belong to."""
    for table in stage.tables:
        with stage.acting(stage.mallory, role="app_owner"):
            seen = stage.touched(f"SELECT FROM {table}")
            assert seen >= 2 if table in LOOKED_UP else seen == 1, table
            assert stage.touched(f"SELECT FROM {table} FOR UPDATE") == 1, table


def the_system_sees_both(stage: Stage) -> None:
    """Act as the role of jobs and staff."""
    for table in stage.tables:
        with stage.acting(None, role="app_system"):
            assert stage.touched(f"SELECT FROM {table}") >= 2, table


def no_reference_takes_another_organizations_id(stage: Stage) -> None:
    """Point at another organization's row."""
    for table, field in references():
        if table == "tokens_entry":
            continue  # written by the statement that changes its bucket; `verify_ledger` looks again
        target = field.remote_field.model._meta.db_table
        stage.sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        stage.forget(table, "contype = 'f' AND conname NOT LIKE '%_in_organization'")
        stage.sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for owner in (stage.mallory, stage.alice):
            point = sql.SQL("UPDATE {} SET {} = {} WHERE organization_id = {}").format(
                sql.Identifier(table),
                sql.Identifier(field.column),
                sql.Literal(stage.rows[target, owner]["id"]),
                sql.Literal(stage.mallory),
            )
            refused = pytest.raises(psycopg.errors.ForeignKeyViolation) if owner == stage.alice else nullcontext()
            with refused, stage.sql.transaction(force_rollback=True):
                stage.sql.execute(point)


WALLS: tuple[Callable[[Stage], None], ...] = (
    without_a_context_there_are_no_rows_and_nothing_can_be_added,
    mallory_sees_changes_and_deletes_her_own_rows_only,
    mallory_plants_nothing_with_alice,
    the_owner_is_bound_by_the_policies_too,
    the_system_sees_both,
    no_reference_takes_another_organizations_id,
)
"""Each is tried on a stage of its own, or on one that is put back."""
