"""Read a person's rate status."""

from dataclasses import dataclass
from datetime import datetime

from abuse import battery
from abuse.rules import STANDING, Limits, Subject, judge


@dataclass(frozen=True)
class RateStatus:
    """What a person can still do. `reset_seconds` is when the next attempt of the minute comes free."""

    limit: int
    remaining: int
    reset_seconds: float
    blocked_until: datetime | None
    hour_tokens_of_user: int
    hour_tokens_of_organization: int


def rate_status(*, subject: Subject, limits: Limits) -> RateStatus | None:
    """Return the subject's rate status; None if Redis does not answer, so that the page shows the rest."""
    try:
        evidence = battery.measure(check=STANDING, subject=subject, tokens=0, limits=limits)
    except battery.AbuseStoreUnavailable:
        return None
    verdict = judge(evidence)
    return RateStatus(
        limit=verdict.limit,
        remaining=verdict.remaining,
        reset_seconds=verdict.reset_seconds,
        blocked_until=verdict.blocked_until,
        hour_tokens_of_user=evidence.user_tokens,
        hour_tokens_of_organization=evidence.organization_tokens,
    )
