"""Check the margin of a past month against the 90 % line, and keep it."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from plans import checking
from saas.backoffice import monthly
from saas.kernel.errors import Invalid


class Command(BaseCommand):
    """What Celery does after each month; a month that was checked keeps its first figures."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the month; by default all that are over and were not checked."""
        parser.add_argument("--month", type=lambda text: date.fromisoformat(f"{text}-01"), help="2026-10")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a month."""
        month = options["month"]
        try:
            checks = [monthly.check_month(month)] if month else monthly.check_past()
        except Invalid as error:
            raise CommandError(error.detail) from error
        for check in checks:
            rule, real = checking.by_rule(check), checking.measured(check)
            verdict = "above" if checking.on_target(check) else "NOT above"
            self.stdout.write(
                f"{check}: revenue ${check.revenue:,.2f}, cost ${rule.cost:,.2f} by rule and ${real.cost:,.2f}"
                f" measured, margin {rule.percent} and {real.percent}: {verdict} 90 %."
            )
        if not checks:
            self.stdout.write("Every month that is over was checked before.")
