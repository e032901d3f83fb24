"""Erase a person: `manage.py erase_person EMAIL --reason TEXT`."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from saas.accounts import queries as accounts
from saas.closing import actions
from saas.kernel.errors import DomainError


class Command(BaseCommand):
    """Erase a person: address, name, sessions, keys, factors and notes. Ledger and audit log stay verifiable."""

    help = __doc__ or ""

    def add_arguments(self, parser: Any) -> None:
        """Take the address and the reason."""
        parser.add_argument("email", help="an e-mail address of the person")
        parser.add_argument("--reason", default="asked for", help="kept in the audit log for ever: no names")

    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        """Erase, and say what happened; exit 1 where it was refused."""
        person = accounts.find_person(email)
        if person is None:
            raise CommandError("Nobody has this address. It may be erased already.")
        try:
            actions.erase_person(user_id=person.pk, reason=reason)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"Erased person {person.pk}. The id stays in ledger and audit log and leads to nobody.")
