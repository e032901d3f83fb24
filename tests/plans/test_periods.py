"""Month n is computed from the anchor, whatever happened in between."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.periods import months_after, nth_period, period_at

pytestmark = pytest.mark.fast


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-03-15", -1, "2026-02-15"),
    ],
)
def test_months_are_clamped_and_come_back(anchor: str, months: int, expected: str) -> None:
    assert months_after(instant(anchor), months) == instant(expected)


@pytest.mark.parametrize("year", [2026, 2027, 2028, 2096, 2100])
@pytest.mark.parametrize("day", [29, 30, 31])
def test_anchors_at_january_s_end_go_through_every_month_without_a_gap(day: int, year: int) -> None:
    """Also in leap years, and in 2100, which is none; no period is skipped, and the anchor's day comes back."""
    anchor = datetime(year, 1, day, 12, 30, 15, tzinfo=UTC)
    for n in range(60):
        period, following = nth_period(anchor, n), nth_period(anchor, n + 1)
        assert period.ends_at == following.starts_at
        assert 28 <= (period.ends_at - period.starts_at).days <= 31
        last = monthrange(period.starts_at.year, period.starts_at.month)[1]
        assert period.starts_at.day == min(day, last)
        assert period.starts_at.timetz() == anchor.timetz()
        assert period_at(anchor, period.starts_at) == period
        assert period_at(anchor, following.starts_at - datetime.resolution) == period


def instant(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@given(INSTANTS, INSTANTS)
def test_every_instant_is_in_exactly_one_period(one: datetime, other: datetime) -> None:
    anchor, now = sorted((one, other))
    period = period_at(anchor, now)
    assert period.starts_at <= now < period.ends_at
    assert period.ends_at == nth_period(anchor, period.index + 1).starts_at
    assert period_at(anchor, period.ends_at - datetime.resolution) == period
    assert period_at(anchor, period.ends_at).index == period.index + 1


def test_summer_time_moves_nothing() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    anchor = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    for now in (datetime(2026, 3, 29, 2, 30, tzinfo=berlin), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)):
        assert period_at(anchor, now.astimezone(UTC)).starts_at == datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert period_at(anchor, anchor).ends_at - anchor == timedelta(days=28)
