"""The license is a function of (past_due_at, now, rules): the table, its boundaries, its properties."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.models import LicenseState
from licensing.stages import (
    CAPABILITIES,
    PendingTransitions,
    Rules,
    capabilities,
    pending_transitions,
    stages,
    state_at,
)

pytestmark = pytest.mark.fast


RULES = Rules(offline_after_days=14, suspended_after_days=30)
DAY_0 = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

RULE_SETS = st.builds(
    lambda offline, more: Rules(offline_after_days=offline, suspended_after_days=offline + more),
    st.integers(1, 60),
    st.integers(1, 60),
)
AGES = st.timedeltas(timedelta(0), 150 * DAY)
EXTENSIONS = st.none() | AGES


@pytest.mark.parametrize(
    ("age", "state", "on"),
    [
        (timedelta(0), LicenseState.GRACE, {"sync", "reports"}),
        (14 * DAY - SECOND, LicenseState.GRACE, {"sync", "reports"}),
        (14 * DAY, LicenseState.OFFLINE, {"reports"}),
        (14 * DAY + SECOND, LicenseState.OFFLINE, {"reports"}),
        (30 * DAY - SECOND, LicenseState.OFFLINE, {"reports"}),
        (30 * DAY, LicenseState.SUSPENDED, set()),
        (3650 * DAY, LicenseState.SUSPENDED, set()),
    ],
)
def test_the_table(age: timedelta, state: LicenseState, on: set[str]) -> None:
    # Over a change to summer time too: 14 days are 14 x 24 hours.
    now = state_at(past_due_at=DAY_0, grace_until=None, now=DAY_0 + age, rules=RULES)
    assert (now, {name for name, is_on in capabilities(now).items() if is_on}) == (state, on)


def test_payments_in_order_turn_everything_on() -> None:
    assert state_at(past_due_at=None, grace_until=None, now=DAY_0, rules=RULES) == LicenseState.ACTIVE
    assert all(capabilities(LicenseState.ACTIVE).values())


def state(age: timedelta, extension: timedelta | None, rules: Rules) -> LicenseState:
    until = None if extension is None else DAY_0 + extension
    return state_at(past_due_at=DAY_0, grace_until=until, now=DAY_0 + age, rules=rules)


@given(AGES, AGES, EXTENSIONS, RULE_SETS)
def test_time_only_ever_takes_away_and_ai_goes_first(
    one: timedelta, other: timedelta, extension: timedelta | None, rules: Rules
) -> None:
    early, late = sorted((one, other))
    before, after = (capabilities(state(age, extension, rules)) for age in (early, late))
    assert not before["ai"]
    assert all(before[name] or not after[name] for name in CAPABILITIES)
    assert after["reports"] or not after["sync"], "sync is lost before reports"


@given(AGES, AGES, RULE_SETS)
def test_an_extension_never_takes_away_and_keeps_ai_off(age: timedelta, extension: timedelta, rules: Rules) -> None:
    without, extended = (capabilities(state(age, given, rules)) for given in (None, extension))
    assert not extended["ai"]
    assert all(extended[name] or not without[name] for name in CAPABILITIES)
    if age < extension:
        assert extended["sync"]


@given(st.lists(AGES, min_size=1, max_size=6), EXTENSIONS, RULE_SETS)
def test_however_late_the_job_runs_every_stage_is_told_once_and_in_order(
    runs: list[timedelta], extension: timedelta | None, rules: Rules
) -> None:
    until = None if extension is None else DAY_0 + extension
    course = stages(past_due_at=DAY_0, grace_until=until, rules=rules)
    recorded, warned, reached, warnings = LicenseState.GRACE, "", [LicenseState.GRACE], []
    for age in sorted(runs):
        heard = pending_transitions(course=course, recorded=recorded, warned=warned, now=DAY_0 + age)
        reached += [stage.state for stage in heard.begun]
        recorded = reached[-1]
        if heard.coming:
            warnings.append(heard.coming)
            warned = heard.coming.state
        again = pending_transitions(course=course, recorded=recorded, warned=warned, now=DAY_0 + age)
        assert again == PendingTransitions([], None), "a second run has nothing to tell"
    assert reached == [stage.state for stage in course][: len(reached)]
    assert recorded == state_at(past_due_at=DAY_0, grace_until=until, now=DAY_0 + max(runs), rules=rules)
    assert len(warnings) == len({stage.state for stage in warnings})
