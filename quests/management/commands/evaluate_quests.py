"""Score the quests that a provider writes for a file of goals. Exits 1 below the threshold."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quests.evaluation import Evaluation, Score, evaluate, read_goals
from quests.providers.reply import ProviderConfig
from quests.providers.table import ADAPTERS, BUILTIN, configs
from saas.kernel.errors import DomainError


class Command(BaseCommand):
    """Says of each goal whether its quest passed and which patterns it missed; then what the quests share."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, the provider, and how many goals must pass."""
        parser.add_argument("path", type=Path, help="goals, one JSON object a line: see docs/quests.md")
        parser.add_argument("--provider", choices=ADAPTERS, default="builtin", help="as AI_* configure it")
        parser.add_argument("--min", type=int, default=None, help="how many goals must pass, by default all")
        parser.add_argument("--today", type=date.fromisoformat, default=None, help="2026-11-30; by default today")
        parser.add_argument("--show", action="store_true", help="print the quests as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each goal, what the quests have in common, and the sum; exit 1 when it is too little."""
        try:
            goals = read_goals(options["path"], options["today"] or datetime.now(UTC).date())
            done = evaluate(goals, _candidates(options["provider"]))
        except (OSError, DomainError) as error:
            raise CommandError(getattr(error, "detail", "") or str(error)) from error
        for score in done.scores:
            self.stdout.write("\n".join(_lines(score, show=options["show"])))
        self._summarize(done)
        needed = len(goals) if options["min"] is None else options["min"]
        if done.passed < needed or not done.differs:
            sys.exit(1)

    def _summarize(self, done: Evaluation) -> None:
        for title in done.same_titles:
            self.stdout.write(f"two quests have this title: {title}")
        for title in done.same_steps:
            self.stdout.write(f"a step of more than three quests: {title}")
        self.stdout.write(f"{done.passed} of {len(done.scores)} passed")


def _candidates(provider: str) -> tuple[ProviderConfig, ...]:
    if provider == "builtin":
        return (BUILTIN,)
    found = tuple(config for config in configs() if config.provider == provider)
    if not found:
        raise CommandError(f"{provider} is not configured: set AI_PROVIDER={provider} with AI_MODEL and AI_API_KEY.")
    return found


def _lines(score: Score, *, show: bool) -> list[str]:
    lines = [f"{'pass' if score.passed else 'FAIL'}  {score.goal.id}"]
    lines += [f"      missing   {pattern}" for pattern in score.missing]
    lines += [f"      unwanted  {pattern}" for pattern in score.unwanted]
    lines += [f"      {score.error}"] if score.error else []
    if show and score.content:
        lines += [f"      # {score.content['title']}", f"      {score.content['summary']}"]
        lines += [f"      - {step['due_on']} {step['amount']:>12}  {step['title']}" for step in score.content["steps"]]
    return lines
