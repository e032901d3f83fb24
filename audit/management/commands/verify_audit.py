"""Check every audit chain, by its hashes and against its checkpoints; exit with 1 on a breach."""

import json
import sys
import time
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from audit import checkpoints
from audit.verification import Report, verify
from saas.kernel import tenancy


class Command(BaseCommand):
    """Print what was counted and what was found."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the answer and, to look at one only, an organization."""
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--organization", type=UUID, help="check this organization only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check all chains, or the one."""
        one: UUID | None = options["organization"]
        started = time.monotonic()
        with tenancy.organization(one) if one else tenancy.system():
            report = verify()
        seconds = time.monotonic() - started
        self.stdout.write(as_json(report, seconds) if options["json"] else as_table(report, seconds))
        if report.breaches:
            sys.exit(1)


def as_table(report: Report, seconds: float) -> str:
    """Return the report as lines of text."""
    counts = f"chains {report.chains:,}   events {report.events:,}   checkpoints {report.checkpoints:,}"
    lines = [f"{b.found_by:<11}{b.organization_id or ''} {b.detail}" for b in report.breaches]
    verdict = f"{len(report.breaches):,} breaches" if report.breaches else "no breach"
    return "\n".join([f"{counts} in {checkpoints.path()}", *lines, f"{verdict}, {seconds:.1f} s"])


def as_json(report: Report, seconds: float) -> str:
    """Return the report as JSON."""
    return json.dumps({**asdict(report), "seconds": round(seconds, 3)}, default=str, indent=2)
