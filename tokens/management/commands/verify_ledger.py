"""Check every invariant of the ledger; exit with 1 on a breach."""

import json
import sys
import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from saas.kernel import tenancy
from tokens.verification import Finding, Report, verify


class Command(BaseCommand):
    """Print what was counted and what each check found."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the answer and, to look at one only, an organization."""
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--organization", type=UUID, help="check this organization only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check all organizations, or the one."""
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
    counts = "   ".join(f"{name} {count:,}" for name, count in report.counts.items())
    lines = [line for finding in report.findings for line in _lines(finding)]
    verdict = f"{report.breaches:,} breaches" if report.breaches else "no breach"
    return "\n".join([counts, "", *lines, "", f"{len(report.findings)} checks, {verdict}, {seconds:.1f} s"])


def _lines(finding: Finding) -> list[str]:
    check = finding.check
    head = f"{check.of:<9} {check.name:<18} {finding.cases:>7,}  {check.why}"
    return [head, *(f"{'':11}{breach.organization_id}: {breach.example}" for breach in finding.organizations)]


def as_json(report: Report, seconds: float) -> str:
    """Return the report as JSON."""
    checks = [
        {
            "of": finding.check.of,
            "name": finding.check.name,
            "why": finding.check.why,
            "breaches": finding.cases,
            "organizations": [
                {"id": str(breach.organization_id), "breaches": breach.cases, "example": breach.example}
                for breach in finding.organizations
            ],
        }
        for finding in report.findings
    ]
    answer = {"counts": report.counts, "breaches": report.breaches, "seconds": round(seconds, 3)}
    return json.dumps({**answer, "checks": checks}, indent=2)
