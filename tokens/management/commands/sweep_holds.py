"""Release expired holds and expire buckets whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand

from saas.kernel.items import require_nothing_set_aside
from tokens.tasks import SWEEP, sweep


class Command(BaseCommand):
    """Safe twice, late and in parallel with what Celery runs."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here and now; exit code 1 while it has something set aside."""
        self.stdout.write(f"{sweep():,} organizations swept.")
        require_nothing_set_aside(SWEEP)
