"""The database backend that carries the tenancy context to PostgreSQL.

See Note [One variable, one prefix] in `saas.kernel.tenancy`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any, NamedTuple, cast

from django.db.backends.postgresql import base

from saas.kernel import tenancy
from saas.kernel.postgres import servers
from saas.kernel.postgres.connections import BoundedConnection
from saas.kernel.postgres.prepared import Batch, Rows
from saas.kernel.postgres.seats import NoSeat, Seats

TENANT_PREFIX = "SET LOCAL app.current_org = '{}'; SET LOCAL ROLE {}; "
STATEMENTS_IN_PREFIX = 2
TENANT_STATEMENT = "SELECT set_config('app.current_org', %s, true), set_config('role', %s, true)"
"""The same as a statement that can be prepared."""


def _tenant(connection: "DatabaseWrapper") -> tuple[str, str] | None:
    """Return the organization and the role of the next statement, or None outside of context and transaction.

    A UUID or a constant is all that is ever in it. Inside a transaction nobody is stamped
    too, since the transaction may have had a context before.
    """
    context = tenancy.current_tenant()
    if context is None and not connection.in_atomic_block:
        return None
    organization, as_system = context or ("", False)
    own_role = connection.settings_dict["OPTIONS"].get("assume_role", "none")
    return organization, "app_system" if as_system else own_role


def _execute_for_tenant(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run `sql` under the current context, in the same round trip.

    PostgreSQL runs a string of several statements as one transaction, so an autocommit statement
    gets a stamped transaction of its own at no cost.
    """
    tenant = _tenant(context["connection"])
    if tenant is None:
        return execute(sql, params, many, context)
    if many:
        raise NotImplementedError("executemany cannot carry the context: use bulk_create or run_batch()")
    result = execute(TENANT_PREFIX.format(*tenant) + str(sql), params, many, context)
    for _ in range(STATEMENTS_IN_PREFIX):
        context["cursor"].cursor.nextset()
    return result


class WrongLogin(RuntimeError):
    """A request entered `tenancy.system()` or the replica inside of a transaction, or left it there."""


class Way(NamedTuple):
    """How the database is reached: as which login, and at which server."""

    login: str
    replica: bool

    def __str__(self) -> str:
        return f"{self.login} at the {'replica' if self.replica else 'primary'}"


_POOLS: defaultdict[Way, dict[str, Any]] = defaultdict(dict)


class DatabaseWrapper(base.DatabaseWrapper):
    """A PostgreSQL backend: each statement sees only the current organization's rows, and each wait is bounded.

    Where the settings have LOGINS, it is connected as whom `tenancy.login()` says; see Note [Two logins]. Where they
    have a REPLICA, it is connected to that inside of `servers.replica()`; see Note [The same walls on a replica]. For
    the waits see Note [A silent server] and Note [A seat before a connection].
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_execute_for_tenant)
        self._way = self._wanted_way()
        self._taken: list[Hashable] = []
        self._connecting: list[Hashable] = []

    def _wanted_way(self) -> Way:
        has_replica = bool(self.settings_dict.get("REPLICA"))
        return Way(
            login=tenancy.login() if "LOGINS" in self.settings_dict else "",
            replica=has_replica and servers.replica_wanted(),
        )

    def ensure_connection(self) -> None:
        """Connect, or connect anew where another login or server is wanted; in a transaction raise WrongLogin."""
        wanted = self._wanted_way()
        if wanted != self._way:
            if self.in_atomic_block:
                raise WrongLogin(f"this transaction was begun as {self._way}, not as {wanted}")
            self.close()
            self._way = wanted
        if not self.in_atomic_block and self.settings_dict["OPTIONS"].get("pool"):
            self._sit_down()
        super().ensure_connection()
        while self._connecting:
            SEATS.connected(self._connecting.pop())

    def get_connection_params(self) -> dict[str, Any]:
        """Return how to connect, as the present login to the present server."""
        params: dict[str, Any] = super().get_connection_params()
        params.pop("answer_seconds_max", None)
        params.pop("prepare", None)
        if login := self._way.login:
            params |= {"user": login, "password": self.settings_dict["LOGINS"][login]}
        if self._way.replica:
            params |= self.settings_dict["REPLICA"]
        return params

    @property
    def _connection_pools(self) -> dict[str, Any]:
        """Return the pools of the present login and server; Django keys them by alias."""
        return _POOLS[self._way]

    def close_pool(self) -> None:
        """Close the pools of every login and server."""
        for pools in _POOLS.values():
            if pool := pools.pop(self.alias, None):
                pool.close()

    @property
    def pool(self) -> Any:
        options = self.settings_dict["OPTIONS"].get("pool")
        if options:
            options.setdefault("connection_class", BoundedConnection)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection whose server answers, from the pool or new."""
        if not self.pool:
            connection = BoundedConnection.connect(**conn_params)
        else:
            connection = super().get_new_connection(conn_params)
            while not connection.is_alive():
                distrust(self.pool, connection)
                connection.close()
                self.pool.putconn(connection)
                connection = super().get_new_connection(conn_params)
        connection.seconds_max = self.settings_dict["OPTIONS"].get("answer_seconds_max", 0)
        return connection

    @property
    def prepares(self) -> bool:
        """Return True if batches are prepared by the protocol; not while somebody listens to statements as text."""
        return (
            self.settings_dict["OPTIONS"].get("prepare", False)
            and len(self.execute_wrappers) == 1
            and not self.queries_logged
        )

    def run_prepared(self, batch: Batch) -> list[Rows]:
        """Run statements under the current context in one round trip; return the rows of each.

        Outside a transaction they make one of their own. See Note [Prepared by the protocol].
        """
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()
        self.ensure_connection()
        with self.wrap_database_errors:
            prepared = self.connection.prepared
            if (tenant := _tenant(self)) is None:
                return cast(list[Rows], prepared.run(batch))
            return cast(list[Rows], prepared.run([(TENANT_STATEMENT, tenant), *batch]))[1:]

    def close(self) -> None:
        usable = not self.errors_occurred
        super().close()
        self._stand_up(usable=usable)

    def _sit_down(self) -> None:
        """Take the seats that the present context needs; while waiting for one, give the connection back."""
        wanted = _wanted_seats(self.settings_dict["OPTIONS"]["pool"]["max_size"], replica=self._way.replica)
        if all(key in self._taken for key in wanted):
            return
        for key in [key for key in self._taken if key not in wanted]:
            self._give(key, usable=True)
        for key, most in wanted.items():
            if key not in self._taken:
                if not SEATS.try_take(key, most):
                    self.close()
                    self._wait_for(wanted)
                    return
                self._taken.append(key)
                self._connecting.append(key)

    def _wait_for(self, wanted: dict[Hashable, int]) -> None:
        """Take all seats, one after another in their order."""
        for key, most in wanted.items():
            try:
                SEATS.take(key, most)
            except NoSeat:
                self._stand_up(usable=False)
                raise
            self._taken.append(key)
            self._connecting.append(key)

    def _stand_up(self, *, usable: bool) -> None:
        for key in [*self._taken]:
            self._give(key, usable=usable)

    def _give(self, key: Hashable, *, usable: bool) -> None:
        self._taken.remove(key)
        connected = key not in self._connecting
        if not connected:
            self._connecting.remove(key)
        SEATS.give(key, usable=usable, connected=connected)

    def init_connection_state(self) -> None:
        """Set what the alias has under SESSION, for as long as the connection lasts."""
        super().init_connection_state()
        for name, value in self.settings_dict.get("SESSION", {}).items():
            with self.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])

    def _savepoint_rollback(self, sid: str) -> None:
        # Without the stamp: after an error PostgreSQL takes no statement but the way back.
        with self.cursor() as cursor:
            cursor.cursor.execute(self.ops.savepoint_rollback_sql(sid))


SEATS = Seats()
LEAST_CONNECTIONS = 4


def _wanted_seats(connections: int, *, replica: bool) -> dict[Hashable, int]:
    """Return the seats that the present context needs, each with how many there are; a tiny pool has none to part.

    A server has seats of its own: slow reports of an organization cost it no seat at the primary.
    """
    wanted: dict[Hashable, int] = {}
    if connections >= LEAST_CONNECTIONS and (organization_id := tenancy.acting_for()):
        wanted[organization_id, replica] = connections // 2
    return wanted


def distrust(pool: Any, lost: BoundedConnection) -> None:
    """Replace what waits in the pool, when a connection was lost that is no older than the last time."""
    if lost.made_at > getattr(pool, "distrusted_at", 0.0):
        pool.distrusted_at = monotonic()
        pool.drain()
