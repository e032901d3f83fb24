"""Run the table: each step, also after one that failed, and say what was expected and seen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify

from marketplace.models.modes import BillingMode
from marketplace.stripe.checking.stage import CheckStage, NeedsSetup
from marketplace.stripe.checking.steps import CheckStep
from marketplace.stripe.gateway import recording
from saas.kernel.errors import DomainError

NOT_IN_SANDBOX = "not_in_sandbox"
"""The sandbox's code for what it does not play."""


class StepVerdict(StrEnum):
    """How a step ended."""

    RIGHT = "right"
    WRONG = "WRONG"
    SKIPPED = "skipped"
    NOT_IN_SANDBOX = "not in sandbox"


@dataclass(frozen=True)
class Outcome:
    """A step with what was seen."""

    step: CheckStep
    verdict: StepVerdict
    seen: str


def run(
    steps: Iterable[CheckStep], stage: CheckStage, say: Callable[[str], object], record: Path | None = None
) -> list[Outcome]:
    """Take the steps and return their outcomes; with `record` each one's calls are saved in a file of that folder."""
    outcomes = []
    for number, step in enumerate(steps, start=1):
        with recording.recorded() as calls:
            outcome = _take(step, stage)
        outcomes.append(outcome)
        say(f"{outcome.verdict:<15}{step.name}")
        if outcome.verdict in (StepVerdict.RIGHT, StepVerdict.WRONG):
            say(f"{'':<15}expected  {step.expected}")
        say(f"{'':<15}seen      {outcome.seen}")
        if record and calls:
            recording.save(calls, record / f"{number:02}-{slugify(step.name)}.json")
    return outcomes


def _take(step: CheckStep, stage: CheckStage) -> Outcome:
    if settings.BILLING_MODE == BillingMode.SANDBOX and not step.in_sandbox:
        return Outcome(step, StepVerdict.NOT_IN_SANDBOX, "not tried")
    try:
        seen = step.take(stage)
    except NeedsSetup as needed:
        return Outcome(step, StepVerdict.SKIPPED, str(needed))
    except DomainError as error:
        is_missing = getattr(error, "reason", "") == NOT_IN_SANDBOX
        return Outcome(step, StepVerdict.NOT_IN_SANDBOX if is_missing else StepVerdict.WRONG, error.detail)
    except Exception as error:
        return Outcome(step, StepVerdict.WRONG, f"{type(error).__name__}: {error}")
    return Outcome(step, StepVerdict.RIGHT if seen == step.expected else StepVerdict.WRONG, seen)
