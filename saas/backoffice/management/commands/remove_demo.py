"""Take the demo's people and organization out, so that production starts on this database."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from saas.backoffice import demo
from saas.backoffice.management.commands.prepare import provision
from saas.kernel.errors import DomainError


class Command(BaseCommand):
    """Close its organization, end its logins, drop its addresses; ledger and audit log stay. Safe to run again."""

    help = __doc__
    requires_system_checks: list[str] = []  # it mends what they refuse

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database to this release, as `prepare` does not with a demo in it; print a line for each of it."""
        provision()
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        try:
            lines = demo.remove()
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write("\n".join(lines or ["There is nobody of the demo."]))
