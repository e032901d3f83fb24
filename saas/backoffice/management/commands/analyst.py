"""Read figures over all organizations with SQL, as the role app_analyst: it sees the reporting views only."""

import csv
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg.conninfo import conninfo_to_dict

LOGIN = "app_analyst"
VIEWS = "ai_token_usage_log, reporting_tokens_daily, reporting_payments, reporting_subscriptions"


class Command(BaseCommand):
    """Print the address to connect to, for psql and other tools; with -c run a statement and print its rows as CSV."""

    help = f"{__doc__} Views: {VIEWS}."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a statement to run."""
        parser.add_argument("-c", metavar="SQL", help="run this and print the rows as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the address, or what the statement finds."""
        url = connection_url()
        if options["c"] is None:
            self.stdout.write(url)
            return
        try:
            with psycopg.connect(url) as connection:
                found = connection.execute(options["c"])
                self._print(found)
        except psycopg.Error as error:
            raise CommandError(f"{error}".strip()) from error

    def _print(self, found: psycopg.Cursor[Any]) -> None:
        if found.description is None:
            return
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(column.name for column in found.description)
        writer.writerows(found)


def connection_url() -> str:
    """Return the connection URL of the analysts' role, to the replica where there is one.

    `manage.py prepare` makes the role and its password.
    """
    server = settings.REPORTS_DATABASE_URL or settings.DATABASE_URL
    named = {"dbname": settings.DATABASES["default"]["NAME"]}
    given = {name: str(value) for name, value in {**named, **conninfo_to_dict(server)}.items()}
    database = quote(given.pop("dbname", ""), safe="")
    rest = {name: value for name, value in given.items() if name not in ("user", "password")}
    password = settings.APP_PASSWORDS[LOGIN]
    return f"postgresql://{LOGIN}:{password}@/{database}?{urlencode(rest, quote_via=quote)}"
