"""The five database roles, and the database itself: made once, safe to make again.

app_owner    owns the tables, runs migrations
app_web      everything a request does; cannot bypass row-level security, cannot change tables
app_jobs     jobs, commands and staff's pages: what app_web may do, and it may become app_system
app_system   no login; app_jobs becomes it for one transaction to work across organizations
app_analyst  people and tools that read figures: a few views over all organizations, and nothing is written
"""

from collections.abc import Mapping
from typing import LiteralString

import psycopg
from psycopg import sql

ROLES: dict[LiteralString, LiteralString] = {
    "app_owner": "NOLOGIN",
    "app_web": "LOGIN",
    "app_jobs": "LOGIN",
    "app_system": "NOLOGIN",
    "app_analyst": "LOGIN CONNECTION LIMIT 10",
}

SETTINGS: dict[LiteralString, tuple[LiteralString, ...]] = {
    # An analyst is granted nothing to write; this says so at once where somebody tries, and no query runs for ever.
    "app_analyst": (
        "ALTER ROLE app_analyst SET default_transaction_read_only = on",
        "ALTER ROLE app_analyst SET statement_timeout = '5min'",
        "ALTER ROLE app_analyst SET idle_in_transaction_session_timeout = '5min'",
    )
}
"""What a role is given when it is made."""

MEMBERSHIPS: tuple[LiteralString, ...] = (
    "GRANT app_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE",
    "GRANT app_web TO app_jobs WITH INHERIT TRUE, SET FALSE",
    # Inherited, the system policy would apply to app_jobs at all times and isolation would silently be off.
    "GRANT app_system TO app_jobs WITH INHERIT FALSE, SET TRUE",
)

# In release 0.1.0 app_web had it: whoever could run SQL in a request saw everybody's rows.
REVOKED: tuple[LiteralString, ...] = ("REVOKE app_system FROM app_web",)

GRANTS: tuple[LiteralString, ...] = (
    "GRANT CREATE, USAGE ON SCHEMA public TO app_owner",
    "GRANT USAGE ON SCHEMA public TO app_web, app_system",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app_web, app_system",
    "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO app_web, app_system",
    # By default everybody may call a function: a role made for reports could grant itself tokens.
    "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO app_web, app_system",
)


def ensure_roles(connection: psycopg.Connection, *, passwords: Mapping[str, str], beside_old: bool = False) -> None:
    """Create the roles where they are missing and set the passwords of those that log in; needs CREATEROLE.

    `beside_old` leaves the roles what the release before needs, while its processes still run.
    """
    for name, attributes in ROLES.items():
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} ").format(sql.Identifier(name)) + sql.SQL(attributes))
            for setting in SETTINGS.get(name, ()):
                connection.execute(setting)
    for name, password in passwords.items():
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(password)))
    for change in MEMBERSHIPS if beside_old else (*MEMBERSHIPS, *REVOKED):
        connection.execute(change)


def ensure_database(connection: psycopg.Connection, *, name: str) -> None:
    """Create the database owned by app_owner where it is missing; `connection` must autocommit."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER app_owner").format(sql.Identifier(name)))


def ensure_grants(connection: psycopg.Connection) -> None:
    """Let the application use what the owner will create in this database."""
    for grant in GRANTS:
        connection.execute(grant)
