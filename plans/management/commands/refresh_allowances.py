"""Grant every allowance whose period has begun."""

from typing import Any

from django.core.management.base import BaseCommand

from plans.tasks import refresh_allowances


class Command(BaseCommand):
    """Safe twice, late and in parallel with what Celery runs."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here and now."""
        self.stdout.write(f"{refresh_allowances():,} allowances granted.")
