"""The management commands that verify stored data: `verify_audit`, `verify_ledger`."""

import sys
import time
from abc import abstractmethod
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from saas.kernel import tenancy


class HasBreaches(Protocol):
    """The result of a verification; `breaches` is empty or 0 if all is right."""

    @property
    def breaches(self) -> object:
        """Return the breaches that were found, or their number."""


R = TypeVar("R", bound=HasBreaches)


class VerifyCommand(BaseCommand, Generic[R]):
    """Verify one organization or all of them, print the report, and exit with 1 on a breach."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the answer and, to look at one only, an organization."""
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--organization", type=UUID, help="check this organization only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check all organizations, or the one."""
        one: UUID | None = options["organization"]
        started = time.monotonic()
        with tenancy.organization(one) if one else tenancy.system():
            report = self.verify()
        write = self.as_json if options["json"] else self.as_table
        self.stdout.write(write(report, time.monotonic() - started))
        if report.breaches:
            sys.exit(1)

    @abstractmethod
    def verify(self) -> R:
        """Return the report on what the context shows."""

    @abstractmethod
    def as_table(self, report: R, seconds: float) -> str:
        """Return the report as lines of text."""

    @abstractmethod
    def as_json(self, report: R, seconds: float) -> str:
        """Return the report as JSON."""
