"""Freeze the SQL that changed as a migration."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from saas.kernel.released_sql.files import our_apps
from saas.kernel.released_sql.freezing import changes, freeze


class Command(BaseCommand):
    """Copy changed functions, triggers, policies and views from the present files into a frozen text with a migration.

    Without an app, of all apps where something changed. See docs/upgrading.md.
    """

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Which apps, how the migration is called, and whether it may drop."""
        parser.add_argument("app", nargs="*", help="the labels of apps; all where none is given")
        parser.add_argument("--name", default="sql", help="what the migration does, as part of its name")
        parser.add_argument(
            "--drop",
            action="store_true",
            help="also drop what is gone or is called otherwise: no release that runs may need it any more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write all migrations, or none when one of them may not be written."""
        configs = [apps.get_app_config(label) for label in options["app"]] or our_apps()
        changed = [(config, found) for config in configs if (found := changes(config))]
        breaking = [key for _, found in changed for key in found.breaking]
        if breaking and not options["drop"]:
            raise CommandError(
                f"This would drop {', '.join(breaking)}. The release that still runs may call it: keep it and add the "
                "new one beside it, or give --drop when no running release needs it (docs/upgrading.md)."
            )
        for config, found in changed:
            self.stdout.write(f"{freeze(config, found, options['name'])}")
        if not changed:
            self.stdout.write("Nothing changed: the frozen texts come to what the present files say.")
