"""Move old history (audit events, ledger entries, ended holds) into files; says what it would do, does it with --yes.

Safe to kill and to repeat. docs/scaling.md says what stays and how files are checked.
"""

import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from audit.actions import PLATFORM
from audit.detached import FileDamaged
from saas.kernel import tenancy
from saas.kernel.errors import Invalid
from saas.kernel.items import set_aside, solve
from tokens import history

JOB = "detach_history"


class Command(BaseCommand):
    """Detach the history before a day, organization by organization."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Before which day, and to where."""
        parser.add_argument("--before", type=date.fromisoformat, required=True, help="a day like 2027-06-30, in UTC")
        parser.add_argument("--to", type=Path, required=True, help="the folder of the files, which must exist")
        parser.add_argument("--organization", type=UUID, help="this organization only")
        parser.add_argument("--yes", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say or do it; one organization that fails stops no other, and makes the command end with 1."""
        before = datetime.combine(options["before"], time(), UTC)
        folder: Path = options["to"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder. Make it first, on a disk that is backed up.")
        with tenancy.system():
            try:
                history.require_old_enough(before)
            except Invalid as refusal:
                raise CommandError(refusal.detail) from None
            if options["organization"] == PLATFORM:
                raise CommandError("Milepost's own chain stays whole: give the id of an organization.")
            chosen = [options["organization"]] if options["organization"] else history.organizations()
            if not options["yes"]:
                failed = self._preview(chosen, before)
            else:
                failed = [each for each in chosen if not self._detach(each, before, folder)]
                self.stdout.write(f"{len(chosen) - len(failed):,} organizations done, {len(failed):,} failed.")
        if failed:
            sys.exit(1)

    def _preview(self, chosen: list[UUID], before: datetime) -> list[UUID]:
        """Say what would leave; return the organizations that would be refused, by the checks that --yes makes."""
        found = [plan for each in chosen if (plan := history.detachable(each, before=before))]
        refused = [plan.organization_id for plan in found if not self._is_sound(plan)]
        for plan in found:
            if plan.organization_id in refused:
                continue
            self.stdout.write(
                f"{plan.organization_id}  events up to {plan.event_seq:,}, entries up to {plan.entry_seq:,}:"
                f" {plan.events:,} events, {plan.entries:,} entries, {plan.holds:,} holds,"
                f" {plan.size_bytes / 1e6:,.1f} MB"
            )
        total = sum(plan.size_bytes for plan in found if plan.organization_id not in refused) / 1e6
        self.stdout.write(
            f"{len(found) - len(refused):,} organizations, {total:,.1f} MB, {len(refused):,} would be refused."
            " Nothing was changed: --yes does it."
        )
        return refused

    def _is_sound(self, plan: history.Detachable) -> bool:
        try:
            history.require_sound(plan)
        except history.HistoryDamaged as error:
            self.stderr.write(f"{plan.organization_id} would be refused: {error}")
            return False
        return True

    def _detach(self, organization_id: UUID, before: datetime, folder: Path) -> bool:
        try:
            for piece in history.detach(organization_id, before=before, folder=folder):
                self.stdout.write(
                    f"{piece.path.name}: {piece.events:,} events, {piece.entries:,} entries, {piece.holds:,} holds"
                )
        except (DatabaseError, OSError, FileDamaged, history.HistoryDamaged) as error:
            self.stderr.write(f"{organization_id} failed, and what was not moved is still here: {error}")
            set_aside(JOB, str(organization_id), organization_id, error)
            return False
        solve(JOB, [str(organization_id)])
        return True
