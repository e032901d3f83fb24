"""Row-level security as a migration operation: the one place that writes policies and grants.

Note [Two policies]
    `of_organization` shows and takes the rows of the organization in `app.current_org`, for every
    role, the owner included (FORCE). `of_system` lets the role `app_system` see all; `app_web` may
    become it for one transaction (SET LOCAL ROLE) but does not inherit it.
    The setting reads '' after a transaction which had set it, hence nullif. The scalar sub-select is
    evaluated once a statement, not once a row.
"""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

CURRENT = "(SELECT nullif(current_setting('app.current_org', true), '')::uuid)"


def policy(table: str, *, column: str = "organization_id") -> str:
    """Return the SQL which isolates the organizations' rows of `table`; see Note [Two policies]."""
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY of_organization ON {table} USING ({column} = {CURRENT}) WITH CHECK ({column} = {CURRENT});
        CREATE POLICY of_system ON {table} TO app_system USING (true) WITH CHECK (true);
    """


def read_only(table: str) -> str:
    """Return the SQL which leaves the application's roles nothing but SELECT on `table`."""
    return f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM app_web, app_system;"


def refused_when_closed(table: str) -> str:
    """Return the SQL which refuses new rows of `table` to organizations that are closed: see `accounts/closed.sql`."""
    return f"CREATE TRIGGER closed BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_closed();"


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference inside one organization.

    A plain foreign key check runs outside of row-level security and would accept another
    organization's id; `Isolate` makes (organization_id, id) the constraint instead.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


class Isolate(migrations.operations.base.Operation):
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
        schema_editor.execute(policy(table, column=self.column))
        if self.keyed:
            schema_editor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_of_organization UNIQUE (organization_id, id)"
            )
        if not self.writable:
            schema_editor.execute(read_only(table))
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                schema_editor.execute(self._reference(table, field))

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

    @staticmethod
    def _reference(table: str, field: TenantForeignKey) -> str:
        target = field.remote_field.model._meta.db_table
        return (
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{field.column}_in_organization"
            f" FOREIGN KEY (organization_id, {field.column}) REFERENCES {target} (organization_id, id)"
            f" DEFERRABLE INITIALLY DEFERRED"
        )
