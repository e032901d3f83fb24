"""Check every audit chain, by its hashes and against its checkpoints; exit with 1 on a breach."""

import json
from dataclasses import asdict

from audit import checkpoints
from audit.verification import AuditVerification, verify
from saas.kernel.verify_command import VerifyCommand


class Command(VerifyCommand[AuditVerification]):
    """Print what was counted and what was found."""

    help = __doc__

    def verify(self) -> AuditVerification:
        """Check all chains, or the one."""
        return verify()

    def as_table(self, report: AuditVerification, seconds: float) -> str:
        """Return the report as lines of text."""
        counts = f"chains {report.chains:,}   events {report.events:,}   checkpoints {report.checkpoints:,}"
        lines = [f"{b.found_by:<11}{b.organization_id or ''} {b.detail}" for b in report.breaches]
        verdict = f"{len(report.breaches):,} breaches" if report.breaches else "no breach"
        return "\n".join([f"{counts} in {checkpoints.path()}", *lines, f"{verdict}, {seconds:.1f} s"])

    def as_json(self, report: AuditVerification, seconds: float) -> str:
        """Return the report as JSON."""
        return json.dumps({**asdict(report), "seconds": round(seconds, 3)}, default=str, indent=2)
