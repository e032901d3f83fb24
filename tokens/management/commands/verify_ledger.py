"""Check every invariant of the ledger; exit with 1 on a breach."""

import json
from dataclasses import asdict

from saas.kernel.verify_command import VerifyCommand
from tokens.verification import Finding, LedgerVerification, verify


class Command(VerifyCommand[LedgerVerification]):
    """Print what was counted and what each check found."""

    help = __doc__

    def verify(self) -> LedgerVerification:
        """Check all organizations, or the one."""
        return verify()

    def as_table(self, report: LedgerVerification, seconds: float) -> str:
        """Return the report as lines of text."""
        counts = "   ".join(f"{name} {count:,}" for name, count in report.counts.items())
        covered = report.covered
        if covered.organizations:
            of = f"entries 1 to {covered.entries:,}" if covered.organizations == 1 else f"{covered.entries:,} entries"
            counts += f"\n{of} of {covered.organizations:,} organizations are in detached files; checked from there"
        lines = [line for finding in report.findings for line in _lines(finding)]
        verdict = f"{report.breaches:,} breaches" if report.breaches else "no breach"
        return "\n".join([counts, "", *lines, "", f"{len(report.findings)} checks, {verdict}, {seconds:.1f} s"])

    def as_json(self, report: LedgerVerification, seconds: float) -> str:
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
        answer = {
            "counts": report.counts,
            "covered": asdict(report.covered),
            "breaches": report.breaches,
            "seconds": round(seconds, 3),
        }
        return json.dumps({**answer, "checks": checks}, indent=2)


def _lines(finding: Finding) -> list[str]:
    check = finding.check
    head = f"{check.of:<9} {check.name:<18} {finding.cases:>7,}  {check.why}"
    return [head, *(f"{'':11}{breach.organization_id}: {breach.example}" for breach in finding.organizations)]
