"""Make an organization with its owner, plan and API key; run again, it changes nothing."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saas.backoffice.organizations import bootstrap
from saas.kernel.errors import DomainError


class Command(BaseCommand):
    """Print {"organization", "user", "api_key"} as JSON; `api_key` is null when it existed."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the organization's name, its owner's login, and the plan."""
        parser.add_argument("--organization", required=True)
        parser.add_argument("--email", required=True)
        parser.add_argument("--password", required=True)
        parser.add_argument("--plan", default="starter")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing."""
        names = ("organization", "email", "password", "plan")
        try:
            made = bootstrap(**{name: options[name] for name in names})
        except DomainError as error:
            raise CommandError(error.detail) from error
        answer = {
            "organization": {"id": str(made.organization.id), "name": made.organization.name},
            "user": {"id": str(made.user.pk), "email": made.user.email},
            "api_key": made.api_key,
        }
        self.stdout.write(json.dumps(answer))
