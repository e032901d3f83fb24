"""The battery against a model of it in plain Python which forgets nothing.

The model reads no clock: it is fed the instants that Redis reports. Windows are milliseconds, so time passes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from time import sleep
from uuid import UUID, uuid4

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from abuse import battery
from abuse.rules import (
    INTEGRATOR_HOLD,
    INVALID_REQUEST,
    OPERATION,
    REFUSED_BEFORE,
    Evidence,
    Limits,
    RequestRules,
    Subject,
    judge,
    microseconds,
)

LIMITS = Limits(
    requests_per_minute=4,
    minimum_gap_seconds=0.002,
    hourly_tokens_flag=15,
    failed_attempts_max=3,
    failed_window_seconds=0.012,
    block_seconds=0.006,
    minute_seconds=0.008,
    hour_seconds=0.015,
)
LIMITS_ELSEWHERE = replace(
    LIMITS,
    requests_per_minute=6,
    minimum_gap_seconds=0.005,
    failed_attempts_max=4,
    failed_window_seconds=0.015,  # logs are kept for an hour after their last entry, so no window is longer
)
CHECKS = {
    "operation": OPERATION,
    "hold": INTEGRATOR_HOLD,
    "bad input": INVALID_REQUEST,
    "refused before": REFUSED_BEFORE,
}
WAITING_HELPS = {"block", "rate", "gap"}


@dataclass
class Person:
    """Everything that ever happened to one user, as instants in microseconds."""

    attempts: list[int] = field(default_factory=list)
    accepted: dict[UUID, int] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    block_ends: int = 0

    def refused_by(self, check: RequestRules, tokens: int, limits: Limits, now: int) -> str:
        refuses = {
            "block": now < self.block_ends,
            "rate": count(self.attempts, limits.minute_seconds, now) >= limits.requests_per_minute,
            "size": tokens > limits.request_tokens_max,
            "gap": count(self.accepted.values(), limits.minimum_gap_seconds, now) > 0,
            "bad_input": True,
        }
        return next((rule.name for rule in check.rules if refuses[rule.name]), "")

    def fail(self, limits: Limits, now: int) -> None:
        self.failures.append(now)
        if count(self.failures, limits.failed_window_seconds, now) >= limits.failed_attempts_max:
            self.block_ends = now + microseconds(limits.block_seconds)
            self.failures.clear()


@dataclass
class World:
    people: defaultdict[UUID, Person] = field(default_factory=lambda: defaultdict(Person))
    spent: dict[UUID, tuple[int, int, Subject]] = field(default_factory=dict)

    def expect(self, check: RequestRules, subject: Subject, measured: Evidence) -> None:
        """Hold the evidence against what the model knows, then let the model live through the same."""
        person, now, limits = self.people[subject.user_id], measured.now, measured.limits
        refused_by = person.refused_by(check, measured.tokens, limits, now)
        assert measured.refused_by == refused_by
        before = self.hours(subject, now)
        if check.counts:
            person.attempts.append(now)
        if check.counts and refused_by not in ("", "block"):
            person.fail(limits, now)
        if check.spends and not refused_by:
            self.spent[measured.admission_id] = now, measured.tokens, subject
            if check.counts:
                person.accepted[measured.admission_id] = now
        after = self.hours(subject, now)
        assert (measured.user_tokens, measured.organization_tokens) == after
        assert max(measured.block_ends, now) == max(person.block_ends, now)

        verdict = judge(measured)
        attempts = count(person.attempts, limits.minute_seconds, now)
        assert verdict.remaining == max(0, limits.requests_per_minute - attempts)
        crossed = [old <= limits.hourly_tokens_flag < new for old, new in zip(before, after, strict=True)]
        flagged = {crossing.rule.name for crossing in verdict.flags}
        assert ["hour_user" in flagged, "hour_organization" in flagged] == crossed
        if verdict.retry_after is not None:
            ends = now + microseconds(verdict.retry_after)
            assert person.refused_by(OPERATION, 1, limits, ends) == ""
            assert person.refused_by(OPERATION, 1, limits, ends - 1) in WAITING_HELPS

    def hours(self, subject: Subject, now: int) -> tuple[int, int]:
        since = now - microseconds(LIMITS.hour_seconds)
        young = [(tokens, who) for at, tokens, who in self.spent.values() if at > since]
        return (
            sum(tokens for tokens, who in young if who.user_id == subject.user_id),
            sum(tokens for tokens, who in young if who.organization_id == subject.organization_id),
        )

    def withdraw(self, admission_id: UUID) -> None:
        self.spent.pop(admission_id, None)
        for person in self.people.values():
            person.accepted.pop(admission_id, None)


def count(instants: Iterable[int], seconds: float, now: int) -> int:
    return sum(at > now - microseconds(seconds) for at in instants)


who = st.integers(0, 2)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([*CHECKS, "operation", "operation"]), who, st.integers(1, 12)),
        st.tuples(st.just("withdraw"), who, st.just(0)),
        st.tuples(st.just("wait"), who, st.sampled_from([1, 2, 3, 6])),
    ),
    min_size=10,
    max_size=40,
)


# No shrinking, no database of examples: how much time passes between two steps is not hypothesis' to repeat.
@settings(
    max_examples=80,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps=steps)
def test_the_battery_does_what_the_model_says(steps: list[tuple[str, int, int]]) -> None:
    here, elsewhere, alice, bob = uuid4(), uuid4(), uuid4(), uuid4()
    cast = [Subject(here, alice), Subject(here, bob), Subject(elsewhere, alice)]
    world, done = World(), [(cast[0], uuid4(), 1)]
    for step, index, value in steps:
        subject = cast[index]
        limits = LIMITS_ELSEWHERE if subject.organization_id == elsewhere else LIMITS
        if step == "wait":
            sleep(value / 1000)
        elif step == "withdraw":
            subject, admission_id, tokens = done[-1 - index % len(done)]
            battery.withdraw(subject=subject, admission_id=admission_id, tokens=tokens)
            world.withdraw(admission_id)
        else:
            check = CHECKS[step]
            tokens = value if check.spends else 0
            measured = battery.measure(check=check, subject=subject, tokens=tokens, limits=limits)
            world.expect(check, subject, measured)
            done.append((subject, measured.admission_id, tokens))
