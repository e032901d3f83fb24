"""The license as a pure function of payment state, time and rules. AI goes first, then sync, then reports.

day since the first failed renewal    state        off
payments in order                     active
paused                                paused       ai
0                                     grace        ai
14 (exactly 14 x 24 h)                offline      ai, sync
30                                    suspended    ai, sync, reports
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from licensing.models import LicenseState


@dataclass(frozen=True)
class Rules:
    """Days from the first failed renewal to each stage; data of the price book."""

    offline_after_days: int
    suspended_after_days: int


@dataclass(frozen=True)
class Stage:
    """A state and the instant it starts at."""

    state: LicenseState
    starts_at: datetime


WARNING_BEFORE = timedelta(days=3)
"""How long before a stage people are warned of it."""

CAPABILITIES = ("ai", "sync", "reports")

_ON: dict[LicenseState, frozenset[str]] = {
    LicenseState.ACTIVE: frozenset({"ai", "sync", "reports"}),
    LicenseState.PAUSED: frozenset({"sync", "reports"}),
    LicenseState.GRACE: frozenset({"sync", "reports"}),
    LicenseState.OFFLINE: frozenset({"reports"}),
    LicenseState.SUSPENDED: frozenset(),
}


def stages(*, past_due_at: datetime, grace_until: datetime | None, rules: Rules) -> list[Stage]:
    """Return the stages an overdue license goes through.

    Extended grace moves the stages after it; the time between them stays.
    """
    offline_at = past_due_at + timedelta(days=rules.offline_after_days)
    between = timedelta(days=rules.suspended_after_days - rules.offline_after_days)
    if grace_until is not None:
        offline_at = max(offline_at, grace_until)
    return [
        Stage(LicenseState.GRACE, past_due_at),
        Stage(LicenseState.OFFLINE, offline_at),
        Stage(LicenseState.SUSPENDED, offline_at + between),
    ]


def state_at(
    *,
    past_due_at: datetime | None,
    grace_until: datetime | None,
    now: datetime,
    rules: Rules,
    paused_at: datetime | None = None,
) -> LicenseState:
    """Return the state at `now`; what is overdue is not paused."""
    if past_due_at is None:
        return LicenseState.ACTIVE if paused_at is None else LicenseState.PAUSED
    begun = [
        stage
        for stage in stages(past_due_at=past_due_at, grace_until=grace_until, rules=rules)
        if stage.starts_at <= now
    ]
    return begun[-1].state if begun else LicenseState.GRACE


def capabilities(state: LicenseState) -> dict[str, bool]:
    """Return what is on in a state."""
    return {name: name in _ON[state] for name in CAPABILITIES}


@dataclass(frozen=True)
class PendingTransitions:
    """Stages that people were not notified of yet: those that have begun, oldest first, and the one that comes soon."""

    begun: list[Stage]
    coming: Stage | None


def pending_transitions(*, course: list[Stage], recorded: str, warned: str, now: datetime) -> PendingTransitions:
    """Return the stages that have begun since `recorded`, and the next one if it comes soon and was not warned of.

    After an extension of grace the license can be in an earlier stage than the recorded one.
    """
    begun = [stage for stage in course if stage.starts_at <= now] or course[:1]
    reached = [stage.state for stage in course].index(LicenseState(recorded))
    pending = begun[reached + 1 :] if len(begun) > reached else begun[-1:]
    ahead = course[len(begun) : len(begun) + 1]
    coming = [stage for stage in ahead if stage.starts_at <= now + WARNING_BEFORE and stage.state != warned]
    return PendingTransitions(pending, coming[0] if coming else None)
