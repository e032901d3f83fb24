"""Record which stage overdue licenses have come to, and notify people."""

from typing import Any

from django.core.management.base import BaseCommand

from licensing.actions import ADVANCE
from licensing.tasks import advance_licenses
from saas.kernel.items import require_nothing_set_aside


class Command(BaseCommand):
    """Safe twice, late and in parallel with what Celery runs."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here and now; exit code 1 while it has something set aside."""
        self.stdout.write(f"{advance_licenses():,} licenses had news.")
        require_nothing_set_aside(ADVANCE)
