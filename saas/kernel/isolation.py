"""Row-level security: how the rows of organizations are kept apart.

Note [Two policies]
    `of_organization` shows and takes the rows of the organization in `app.current_org`, for every
    role, the owner included (FORCE). `of_system` lets the role `app_system` see all; `app_jobs` may
    become it for one transaction (SET LOCAL ROLE) but does not inherit it; `app_web` may not.
    A few tables have a third, `of_lookup`, for the functions that find out whose something is.
    The setting reads '' after a transaction which had set it, hence nullif. The scalar sub-select is
    evaluated once a statement, not once a row.
"""

from typing import Any

from django.db import models

CURRENT = "(SELECT nullif(current_setting('app.current_org', true), '')::uuid)"


def policies(table: str, *, column: str = "organization_id") -> tuple[str, str]:
    """Return the statements that isolate the organizations' rows of `table`; see Note [Two policies]."""
    return (
        f"CREATE POLICY of_organization ON {table} USING ({column} = {CURRENT}) WITH CHECK ({column} = {CURRENT})",
        f"CREATE POLICY of_system ON {table} TO app_system USING (true) WITH CHECK (true)",
    )


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference inside one organization.

    A plain foreign key check runs outside of row-level security and would accept another organization's
    id; `Isolate` in the migration makes (organization_id, id) the constraint instead.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)
