"""Take the demo's people and organization out, so that production starts on this database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saas.backoffice import demo
from saas.kernel.errors import DomainError


class Command(BaseCommand):
    """Close its organization, end its logins, drop its addresses; ledger and audit log stay. Safe to run again."""

    help = __doc__
    requires_system_checks: list[str] = []  # it mends what they refuse

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each organization and person."""
        try:
            lines = demo.remove()
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write("\n".join(lines or ["There is nobody of the demo."]))
