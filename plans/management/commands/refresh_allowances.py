"""Grant every allowance whose period has begun."""

from typing import Any

from django.core.management.base import BaseCommand

from plans.actions import REFRESH, REFRESH_CHANGES
from plans.tasks import refresh_allowances
from saas.kernel.items import require_nothing_set_aside


class Command(BaseCommand):
    """Safe twice, late and in parallel with what Celery runs."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here and now; exit code 1 while it has something set aside."""
        self.stdout.write(f"{refresh_allowances():,} allowances granted.")
        require_nothing_set_aside(REFRESH, REFRESH_CHANGES)
