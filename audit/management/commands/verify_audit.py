"""Check every audit chain, by its hashes and against its checkpoints; exit with 1 on a breach."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit import checkpoints
from audit.verification import AuditVerification, verify
from saas.kernel.verify_command import VerifyCommand


class Command(VerifyCommand[AuditVerification]):
    """Print what was counted and what was found."""

    help = __doc__

    files: Path | None = None

    def add_arguments(self, parser: CommandParser) -> None:
        """Take also the folder of detached files."""
        super().add_arguments(parser)
        parser.add_argument("--files", type=Path, help="check also the files of detached history in this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check all chains, or the one."""
        self.files = options["files"]
        if self.files is not None and not self.files.is_dir():
            raise CommandError(f"{self.files} is no folder. Give the one that detach_history wrote to.")
        super().handle(*args, **options)

    def verify(self) -> AuditVerification:
        """Check all chains, or the one."""
        return verify(self.files)

    def as_table(self, report: AuditVerification, seconds: float) -> str:
        """Return the report as lines of text."""
        counts = f"chains {report.chains:,}   events {report.events:,}   checkpoints {report.checkpoints:,}"
        counts += f" in {checkpoints.path()}"
        covered = report.covered
        if covered.organizations:
            checked = f"{report.files:,} files checked" if self.files else "checked from there, files not looked at"
            of = f"events 1 to {covered.events:,}" if covered.organizations == 1 else f"{covered.events:,} events"
            counts += f"\n{of} of {covered.organizations:,} organizations are in detached files; {checked}"
        lines = [f"{b.found_by:<11}{b.organization_id or ''} {b.detail}" for b in report.breaches]
        verdict = f"{len(report.breaches):,} breaches" if report.breaches else "no breach"
        return "\n".join([counts, *lines, f"{verdict}, {seconds:.1f} s"])

    def as_json(self, report: AuditVerification, seconds: float) -> str:
        """Return the report as JSON."""
        return json.dumps({**asdict(report), "seconds": round(seconds, 3)}, default=str, indent=2)
