"""Release expired holds and expire buckets whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand

from tokens.tasks import sweep


class Command(BaseCommand):
    """Safe twice, late and in parallel with what Celery runs."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here and now."""
        self.stdout.write(f"{sweep():,} organizations swept.")
