"""Do what a paid renewal does to an organization's license: everything is restored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from licensing.actions import payment_succeeded
from saas.accounts.queries import find_organization
from saas.kernel import tenancy
from saas.kernel.errors import DomainError


class Command(BaseCommand):
    """Without an overdue payment it changes nothing."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the organization, and why."""
        parser.add_argument("organization", help="id or exact name")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore everything."""
        try:
            organization = find_organization(options["organization"])
        except DomainError as error:
            raise CommandError(error.detail) from error
        with tenancy.organization(organization.id):
            restored = payment_succeeded(reason=options["reason"])
        self.stdout.write(
            f"{organization.name}: "
            + ("paid, everything is restored." if restored else "nothing was overdue, nothing changed.")
        )
