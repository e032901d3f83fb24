"""Do what a failed renewal does to an organization's license: day 0, AI is off."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from licensing.actions import payment_failed
from saas.accounts.queries import find_organization
from saas.kernel import tenancy
from saas.kernel.errors import DomainError


class Command(BaseCommand):
    """A further failure while overdue changes nothing."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the organization, and why."""
        parser.add_argument("organization", help="id or exact name")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin day 0."""
        try:
            organization = find_organization(options["organization"])
        except DomainError as error:
            raise CommandError(error.detail) from error
        with tenancy.organization(organization.id):
            first = payment_failed(reason=options["reason"])
        self.stdout.write(
            f"{organization.name}: "
            + (
                "payment is overdue from now on, AI is off."
                if first
                else "payment was overdue already, nothing changed."
            )
        )
