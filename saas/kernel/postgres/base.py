"""The database backend that carries the tenancy context to PostgreSQL.

See Note [One variable, one stamp] in `saas.kernel.tenancy`.
"""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

from saas.kernel import tenancy

STAMP = "SET LOCAL app.current_org = '{organization}'; SET LOCAL ROLE {role}; "
STATEMENTS_IN_STAMP = 2


def _stamp(connection: "DatabaseWrapper") -> str | None:
    """Return the text to put in front of a statement, or None outside of context and transaction.

    A UUID or a constant is all that is ever formatted into it. Inside a transaction nobody is stamped
    too, since the transaction may have had a context before.
    """
    context = tenancy.stamp()
    if context is None and not connection.in_atomic_block:
        return None
    organization, as_system = context or ("", False)
    own_role = connection.settings_dict["OPTIONS"].get("assume_role", "NONE")
    return STAMP.format(organization=organization, role="app_system" if as_system else own_role)


def _execute_stamped(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run `sql` under the current context, in the same round trip.

    PostgreSQL runs a string of several statements as one transaction, so an autocommit statement
    gets a stamped transaction of its own at no cost.
    """
    stamp = _stamp(context["connection"])
    if stamp is None:
        return execute(sql, params, many, context)
    if many:
        raise NotImplementedError("executemany cannot carry the context: use bulk_create or together()")
    result = execute(stamp + str(sql), params, many, context)
    for _ in range(STATEMENTS_IN_STAMP):
        context["cursor"].cursor.nextset()
    return result


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL whose every statement sees the rows of the current organization only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_execute_stamped)

    def init_connection_state(self) -> None:
        """Set what the alias has under SESSION, for as long as the connection lasts."""
        super().init_connection_state()
        with self.cursor() as cursor:
            for name, value in self.settings_dict.get("SESSION", {}).items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])

    def _savepoint_rollback(self, sid: str) -> None:
        # Without the stamp: after an error PostgreSQL takes no statement but the way back.
        with self.cursor() as cursor:
            cursor.cursor.execute(self.ops.savepoint_rollback_sql(sid))
