"""The tests' databases: one template, migrated once in a run, and copies of it that take a fraction of a second."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import psycopg
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections
from psycopg.conninfo import make_conninfo

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
TEMPLATE = "test_milepost_template"
MAIN = f"test_milepost_{WORKER}"  # what a worker's tests share
OWN = f"test_milepost_{WORKER}_own"  # what a module has for itself
MADE_BY = "SELECT 1 FROM pg_database WHERE datname = %s AND shobj_description(oid, 'pg_database') = %s"


def use(name: str) -> None:
    """Make this process and its children use a database, and keys in Redis that nobody has used."""
    connections.close_all()
    for alias in connections:
        wrapper: Any = connections[alias]  # PostgreSQL's has a pool
        wrapper.close_pool()
        settings.DATABASES[alias]["NAME"] = name
    settings.DATABASE_URL = os.environ["DATABASE_URL"] = make_conninfo(settings.DATABASE_URL, dbname=name)
    settings.ABUSE_KEY_PREFIX = os.environ["ABUSE_KEY_PREFIX"] = f"{WORKER}:{uuid4()}:"
    settings.CACHES["default"]["KEY_PREFIX"] = f"{WORKER}:{uuid4()}"
    with suppress(AttributeError):  # it has not been used yet
        del caches["default"]


def make(name: str) -> None:
    """Copy the template, which the first worker of a run makes; the others wait for it."""
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(1)")
        if not server.execute(MADE_BY, [TEMPLATE, RUN]).fetchone():
            _migrate(server)
        drop(name)
        server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER app_owner")


def drop(name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def own() -> Iterator[None]:
    """Use a new database for the duration of the block."""
    make(OWN)
    use(OWN)
    try:
        yield
    finally:
        use(MAIN)
        drop(OWN)


@contextmanager
def roles_alone() -> Iterator[None]:
    """Change roles and grants, which all databases of the server share, while no other worker does."""
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(2)")
        yield


def _migrate(server: psycopg.Connection) -> None:
    # This module is imported before Django is set up.
    from saas.backoffice.management.commands.prepare import provision, record_billing_mode

    drop(TEMPLATE)
    use(TEMPLATE)
    provision()
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    record_billing_mode()
    use(MAIN)  # a database with connections cannot be copied
    server.execute(f"COMMENT ON DATABASE {TEMPLATE} IS '{RUN}'")


def _server() -> psycopg.Connection:
    return psycopg.connect(make_conninfo(settings.DATABASE_URL, dbname="postgres"), autocommit=True)
