"""The commands that record a payment of an organization by hand: `payment_failed`, `payment_succeeded`."""

from abc import abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saas.accounts.queries import find_organization
from saas.kernel import tenancy
from saas.kernel.errors import DomainError


class PaymentCommand(BaseCommand):
    """Record a payment and print what it changed."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the organization, and why."""
        parser.add_argument("organization", help="id or exact name")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Record the payment."""
        try:
            organization = find_organization(options["organization"])
        except DomainError as error:
            raise CommandError(error.detail) from error
        with tenancy.organization(organization.id):
            result = self.record(reason=options["reason"])
        self.stdout.write(f"{organization.name}: {result}")

    @abstractmethod
    def record(self, *, reason: str) -> str:
        """Record the payment of the organization acted for; return in words what changed."""
