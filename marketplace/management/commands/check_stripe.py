"""Check the money side against real Stripe with test keys: on test clocks, step by step, in some minutes."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.models import StripeEvent
from marketplace.models.modes import BillingMode
from marketplace.stripe.checking.run import Outcome, StepVerdict, run
from marketplace.stripe.checking.stage import CheckStage
from marketplace.stripe.checking.steps import STEPS, CheckStep
from saas.kernel import tenancy

WRONG, NOT_RUN = 1, 2
NEEDS = """check_stripe needs Stripe with test keys, and runs with nothing else:
  BILLING_MODE=test
  STRIPE_SECRET_KEY=sk_test_... or rk_test_..., from dashboard.stripe.com/test/apikeys
It makes customers on test clocks there, and deletes them at the end.
docs/going-live.md says what a restricted key needs."""


class Command(BaseCommand):
    """Take the steps; end with 0 if none was wrong, 1 if one was, 2 without keys that can be used."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which steps, and where their answers go."""
        parser.add_argument("steps", nargs="*", metavar="STEP", help="the names of steps; by default all")
        parser.add_argument("--list", action="store_true", help="say which steps there are, and what is expected")
        parser.add_argument("--record", type=Path, metavar="DIR", help="save what Stripe answers, without secrets")
        parser.add_argument("--url", default="", help="our webhook address; by default BASE_URL/webhooks/stripe")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the table, clean up, and say how it went."""
        chosen = _chosen(options["steps"])
        if options["list"]:
            for step in chosen:
                self.stdout.write(f"{step.name}\n    {step.expected}")
            return
        if reason := why_not():
            self.stderr.write(reason)
            sys.exit(NOT_RUN)
        stage = CheckStage(address=options["url"], arrived=event_arrived)
        try:
            outcomes = run(chosen, stage, self.stdout.write, options["record"])
        finally:
            for problem in stage.close():
                self.stderr.write(f"not deleted: {problem}")
        self.stdout.write(summary(outcomes))
        if any(outcome.verdict == StepVerdict.WRONG for outcome in outcomes):
            sys.exit(WRONG)


def why_not() -> str:
    """Return why nothing can be checked with these settings; nothing where it can."""
    key = settings.STRIPE_SECRET_KEY
    if settings.BILLING_MODE == BillingMode.LIVE or key.startswith(("sk_live_", "rk_live_")):
        return f"check_stripe never runs with live keys: it would charge and refund real money.\n{NEEDS}"
    if settings.BILLING_MODE != BillingMode.TEST or not key.startswith(("sk_test_", "rk_test_")):
        return NEEDS
    return ""


def summary(outcomes: list[Outcome]) -> str:
    """Return how many steps ended how."""
    counts = {verdict: sum(outcome.verdict == verdict for outcome in outcomes) for verdict in StepVerdict}
    return "\n" + ", ".join(f"{many} {verdict}" for verdict, many in counts.items() if many)


def event_arrived(object_id: str) -> bool:
    """Return whether an event about an object of Stripe's is in the inbox."""
    with tenancy.system():
        return StripeEvent.objects.filter(object_id=object_id).exists()


def _chosen(names: list[str]) -> list[CheckStep]:
    known = {step.name: step for step in STEPS}
    if unknown := [name for name in names if name not in known]:
        raise CommandError(f"There is no step {unknown[0]!r}. Choose from: {', '.join(known)}.")
    return [known[name] for name in names] or list(STEPS)
