"""What a person's counters come to, read without counting an attempt."""

from dataclasses import dataclass
from datetime import datetime

from abuse import battery
from abuse.rules import Limits, RequestRules, Subject, judge


@dataclass(frozen=True)
class RateStatus:
    limit: int
    remaining: int
    blocked_until: datetime | None
    hour_tokens_of_user: int
    hour_tokens_of_organization: int


def rate_status(*, subject: Subject, limits: Limits) -> RateStatus:
    evidence = battery.measure(check=RequestRules(), subject=subject, tokens=0, limits=limits)
    verdict = judge(evidence)
    return RateStatus(
        limit=verdict.limit,
        remaining=verdict.remaining,
        blocked_until=verdict.blocked_until,
        hour_tokens_of_user=evidence.user_tokens,
        hour_tokens_of_organization=evidence.organization_tokens,
    )
