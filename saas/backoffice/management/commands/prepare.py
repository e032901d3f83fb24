"""Make the roles, the database and its tables, and once a demo organization."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from psycopg.conninfo import make_conninfo

from saas.backoffice import demo
from saas.kernel.roles import ensure_database, ensure_grants, ensure_roles
from saas.kernel.startup import refuse_to_start


class Command(BaseCommand):
    """Bring a server to the state this version of Milepost needs. Safe to run again."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the way that a release is rolled out."""
        parser.add_argument(
            "--beside-old",
            action="store_true",
            help="leave the processes of the release before what they need; run it again without when they are gone",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Provision, migrate, collect static files, seed; print the demo logins, and on stderr the seconds of each.

        Refuses before anything is changed; see `saas.kernel.startup`.
        """
        try:
            refuse_to_start()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        with self._step("Making roles and grants"):
            provision(beside_old=options["beside_old"])
        if missing := _missing_migrations():
            self._say(f"The database lacks {missing} migrations.")
        with self._step("Applying migrations"):
            call_command("migrate", database="owner", interactive=False, verbosity=0)
            record_billing_mode()
        with self._step("Checking the database"):
            call_command("check", databases=["default"], verbosity=0)
        with self._step("Collecting static files"):
            call_command("collectstatic", interactive=False, verbosity=0)
        if not settings.PRODUCTION:
            with self._step("Making the demo organization"):
                logins = demo.seed()
            self.stdout.write(logins)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """Say how long the block took, in seconds."""
        started_at = time.monotonic()
        yield
        self._say(f"{name}: {time.monotonic() - started_at:.1f} s")

    def _say(self, text: str) -> None:
        self.stderr.write(f"milepost: {text}", str)


def _missing_migrations() -> int:
    executor = MigrationExecutor(connections["owner"])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def provision(*, beside_old: bool = False) -> None:
    """Make roles, database and grants with the owner's way in, DATABASE_URL."""
    name = settings.DATABASES["owner"]["NAME"]
    maintenance = os.environ.get("DATABASE_MAINTENANCE_DB", "postgres")
    with psycopg.connect(make_conninfo(settings.DATABASE_URL, dbname=maintenance), autocommit=True) as server:
        ensure_roles(server, passwords=settings.APP_PASSWORDS, beside_old=beside_old)
        ensure_database(server, name=name)
    with psycopg.connect(make_conninfo(settings.DATABASE_URL), autocommit=True) as database:
        ensure_grants(database)


def record_billing_mode() -> None:
    """Record how the database earns money, see `accounts/sql/clocks.sql`. Real money wants clocks that stood still."""
    with psycopg.connect(make_conninfo(settings.DATABASE_URL)) as database:
        database.execute("SET ROLE app_owner")
        database.execute("UPDATE accounts_installation SET billing_mode = %s", [settings.BILLING_MODE])
        moved = "SELECT FROM accounts_organization WHERE sandbox_of_id IS NULL AND clock_offset <> '0' LIMIT 1"
        if settings.BILLING_MODE == "live" and database.execute(moved).fetchone():
            raise CommandError("BILLING_MODE=live refuses a database whose organizations' clocks were moved.")
