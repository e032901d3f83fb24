"""Compare the database's functions, triggers, policies and views with this code's."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from saas.kernel.released_sql.deployed import DeployedState, deployed


class Command(BaseCommand):
    """Print the state of each SQL object, and migrations that only code or database has; exit code 1 unless equal."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to print only what differs."""
        parser.add_argument("--outdated", action="store_true", help="print only what is not current")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        found = deployed()
        rows = found.outdated if options["outdated"] else found.rows
        width = max((len(row.name) for row in rows), default=0)
        for row in rows:
            difference = (
                ""
                if row.state == DeployedState.CURRENT
                else f"  (expected {row.expected or '-'}, found {row.found or '-'})"
            )
            self.stdout.write(f"{row.name:<{width}}  {row.state}{difference}")
        for name in found.behind:
            self.stdout.write(f"migration {name} is not applied")
        for name in found.ahead:
            self.stdout.write(f"migration {name} is of a newer release")
        self.stdout.write(f"{len(found.rows)} objects, {len(found.outdated)} not current.")
        if found.outdated or found.ahead or found.behind:
            raise SystemExit(1)
