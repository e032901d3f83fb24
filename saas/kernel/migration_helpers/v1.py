"""Helpers of migrations, version 1: frozen. Migrations run this text; the SQL of a migration must never change.

`Isolate` puts the two policies of `saas.kernel.isolation` on a table, as they were when this version was frozen.
"""

import hashlib
from pathlib import Path
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from saas.kernel.isolation import TenantForeignKey

CURRENT = "(SELECT nullif(current_setting('app.current_org', true), '')::uuid)"


def frozen_sql(migration: str, sha256: str, **options: Any) -> migrations.RunSQL:
    """Return the operation that runs `sql/<migration>.sql`, the text frozen for a migration, given as its __file__.

    ValueError when the text is no longer the one that was frozen.
    """
    path = Path(migration).parent / "sql" / f"{Path(migration).stem}.sql"
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != sha256:
        raise ValueError(f"{path} was frozen and has been edited: restore it, and see docs/upgrading.md.")
    return migrations.RunSQL(text.decode(), **options)


class Isolate(Operation):
    """Put a tenant table behind its policies, make its keys and references composite, and set its grants.

    `keyed`: (organization_id, id) is unique, to be referenced and listed by.
    `writable`: False leaves the application SELECT only; SQL functions of the owner do the writing.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self, model_name: str, *, column: str = "organization_id", keyed: bool = True, writable: bool = True
    ) -> None:
        self.model_name, self.column, self.keyed, self.writable = model_name, column, keyed, writable

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        options = {"column": self.column, "keyed": self.keyed, "writable": self.writable}
        return self.__class__.__qualname__, [self.model_name], options

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Policies are no part of Django's model state."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        schema_editor.execute(_isolation(table, self.column))
        if self.keyed:
            schema_editor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_of_organization UNIQUE (organization_id, id)"
            )
        if not self.writable:
            schema_editor.execute(
                f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM app_web, app_system;"
            )
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                schema_editor.execute(_reference(table, field))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Nothing to undo: dropping the table drops its policies."""

    def describe(self) -> str:
        return f"Isolate the organizations' rows of {self.model_name}"


def _isolation(table: str, column: str) -> str:
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY of_organization ON {table} USING ({column} = {CURRENT}) WITH CHECK ({column} = {CURRENT});
        CREATE POLICY of_system ON {table} TO app_system USING (true) WITH CHECK (true);
    """


def _reference(table: str, field: TenantForeignKey) -> str:
    target = field.remote_field.model._meta.db_table
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{field.column}_in_organization"
        f" FOREIGN KEY (organization_id, {field.column}) REFERENCES {target} (organization_id, id)"
        f" DEFERRABLE INITIALLY DEFERRED"
    )
