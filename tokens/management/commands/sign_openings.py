"""Sign openings of detached history anew with the present key, after the one that signed them leaked.

Each is compared with its files first. Says what it would sign, does it with --yes. Safe to kill and to repeat.
"""

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from audit import openings
from audit.openings import Opening
from saas.kernel import tenancy
from saas.kernel.secret_keys import key_id, secret_keys
from tokens import signing
from tokens.history import HistoryDamaged


class Command(BaseCommand):
    """Sign anew what one key signed, organization by organization."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose signatures, and where the files are."""
        parser.add_argument("--key", required=True, help="the id of the old key, as verify_audit names it")
        parser.add_argument("--files", type=Path, required=True, help="the folder that detach_history wrote to")
        parser.add_argument("--organization", type=UUID, help="this organization only")
        parser.add_argument("--yes", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say or do it; an organization that is refused stops no other, and makes the command end with 1."""
        key, folder = options["key"], options["files"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder. Give the one that detach_history wrote to.")
        if key == key_id(secret_keys()[0]):
            raise CommandError("This is the id of the present SECRET_KEY. Replace that first: docs/security.md.")
        signed = refused = 0
        with tenancy.system():
            chosen = [options["organization"]] if options["organization"] else openings.signed_with(key)
            for organization_id in chosen:
                if (found := self._compared(organization_id, key, folder)) is None or (
                    options["yes"] and not self._sign(found)
                ):
                    refused += 1
                else:
                    signed += len(found)
        done = "signed anew" if options["yes"] else "would be signed anew. Nothing was changed: --yes does it"
        self.stdout.write(f"{refused:,} organizations refused; {signed:,} openings {done}.")
        if refused:
            sys.exit(1)

    def _compared(self, organization_id: UUID, key: str, folder: Path) -> list[Opening] | None:
        try:
            return signing.to_sign(organization_id, key=key, folder=folder)
        except (HistoryDamaged, OSError) as error:
            self.stderr.write(f"{organization_id} refused, nothing of it is signed: {error}")
            return None

    def _sign(self, found: list[Opening]) -> bool:
        try:
            for opening in found:
                signing.sign(opening)
        except DatabaseError as error:
            self.stderr.write(f"{found[0].organization_id} failed, run the command again: {error}")
            return False
        return True
