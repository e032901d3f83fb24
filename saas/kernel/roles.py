"""The three database roles, and the database itself: made once, safe to make again.

app_owner    owns the tables, runs migrations
app_web      everything the application does; cannot bypass row-level security, cannot change tables
app_system   no login; app_web becomes it for one transaction to work across organizations
"""

from typing import LiteralString

import psycopg
from psycopg import sql

ROLES: dict[LiteralString, LiteralString] = {"app_owner": "NOLOGIN", "app_web": "LOGIN", "app_system": "NOLOGIN"}

MEMBERSHIPS: tuple[LiteralString, ...] = (
    "GRANT app_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE",
    # Inherited, the system policy would apply to app_web at all times and isolation would silently be off.
    "GRANT app_system TO app_web WITH INHERIT FALSE, SET TRUE",
)

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


def ensure_roles(connection: psycopg.Connection, *, web_password: str) -> None:
    """Create the roles where they are missing and set app_web's password; needs CREATEROLE."""
    for name, attributes in ROLES.items():
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} ").format(sql.Identifier(name)) + sql.SQL(attributes))
    connection.execute(sql.SQL("ALTER ROLE app_web PASSWORD {}").format(sql.Literal(web_password)))
    for grant in MEMBERSHIPS:
        connection.execute(grant)


def ensure_database(connection: psycopg.Connection, *, name: str) -> None:
    """Create the database owned by app_owner where it is missing; `connection` must autocommit."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER app_owner").format(sql.Identifier(name)))


def ensure_grants(connection: psycopg.Connection) -> None:
    """Let the application use what the owner will create in this database."""
    for grant in GRANTS:
        connection.execute(grant)
