"""When the tokens run out: the dates, the band around them, and when there is nothing to predict."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Person, hire
from tests.tokens.past import founded, spend
from tokens import actions
from tokens.kinds import Source
from tokens.prediction import Burn, RunOut, Stock, is_alarming, run_out

pytestmark = pytest.mark.fast

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
STEADY = Burn([10] * 14)


def days(moment: datetime) -> float:
    return (moment - NOW) / timedelta(days=1)


def later(count: float) -> datetime:
    return NOW + timedelta(days=count)


def predict(*stocks: Stock, burn: Burn = STEADY, resets_in: float | None = None) -> RunOut | None:
    resets_at = None if resets_in is None else later(resets_in)
    return run_out(burn=burn, stocks=stocks, now=NOW, resets_at=resets_at)


def test_a_steady_pace_is_divided_into_what_there_is() -> None:
    found = predict(Stock(200, None))
    assert found is not None
    assert abs(days(found.p50) - 20) < 0.01
    assert 15 < days(found.p10) < 20 < days(found.p90) < 27


def test_an_uneven_pace_has_a_wider_band() -> None:
    steady, uneven = predict(Stock(200, None)), predict(Stock(200, None), burn=Burn([0, 70] * 2 + [0] * 10))
    assert steady is not None and uneven is not None
    assert abs(days(uneven.p50) - 20) < 0.01
    assert uneven.p10 < steady.p10 < steady.p90 < uneven.p90


def test_nothing_burnt_and_nothing_left_run_out_never() -> None:
    assert predict(Stock(200, None), burn=Burn([0] * 14)) is None
    assert predict() is None


def test_a_warning_needs_three_days_with_spending() -> None:
    for daily, expected in (([90], False), ([45, 0, 45, 0], False), ([30, 30, 30], True), ([3, 3, 3], False)):
        burn = Burn(daily)
        assert is_alarming(burn, predict(Stock(100, None), burn=burn), NOW) is expected


def test_what_lasts_until_the_reset_does_not_run_out() -> None:
    assert predict(Stock(200, later(19)), resets_in=19) is None
    assert predict(Stock(200, later(19)), Stock(500, None), resets_in=19) is None
    short = predict(Stock(200, later(21)), resets_in=21)
    assert short is not None and short.p90 == later(21)


def test_what_expires_unspent_is_lost() -> None:
    both = predict(Stock(100, later(4)), Stock(100, None))
    assert both is not None and abs(days(both.p50) - 14) < 0.01, "40 spent, 60 lost, then 100"


@given(
    daily=st.lists(st.integers(0, 500), min_size=1, max_size=14),
    stocks=st.lists(
        st.builds(Stock, st.integers(1, 10_000), st.none() | st.floats(0.1, 400).map(later)), min_size=1, max_size=5
    ),
    resets_in=st.none() | st.floats(-5, -0.1) | st.floats(0.1, 400),
)
def test_the_band_is_in_order_and_ends_at_the_reset(
    daily: list[int], stocks: list[Stock], resets_in: float | None
) -> None:
    ordered = sorted(stocks, key=lambda stock: stock.expires_at or datetime.max.replace(tzinfo=UTC))
    found = predict(*ordered, burn=Burn(daily), resets_in=resets_in)
    more = predict(*ordered, Stock(100, None), burn=Burn(daily), resets_in=resets_in)
    if found is not None:
        assert NOW <= found.p10 <= found.p50 <= found.p90
        assert resets_in is None or resets_in <= 0 or found.p90 <= later(resets_in)
        assert more is None or more.p50 >= found.p50 - timedelta(seconds=1)


# Through the API


def test_the_balance_tells_when_it_runs_out_and_why(alice: Person, superuser: psycopg.Connection[Any]) -> None:
    assert alice.get("/tokens/balance").json()["runs_out"] is None
    founded(alice, 60, superuser)
    bob = hire(alice)
    for day in range(14):
        spend(alice, 9, "quest", days_ago=day + 0.5, by=superuser)
    spend(bob, 4, "revenue_forecast", by=superuser)
    spend(bob, 50, "quest", days_ago=15, by=superuser)
    shown = alice.get("/tokens/balance").json()
    assert shown["available"] == 200 - 14 * 9 - 54
    p10, p50, p90 = (datetime.fromisoformat(shown["runs_out"][part]) for part in ("p10", "p50", "p90"))
    assert p10 < p50 < p90 <= datetime.fromisoformat(shown["resets_at"])
    left = (p50 - datetime.now(UTC)) / timedelta(days=1)
    assert abs(left - 20 / (130 / 14)) < 0.05
    assert shown["runs_out"]["driver"] == f"Quest: 96 % of the last 14 days; {alice.user}: 96 %"


def test_a_little_lasts_until_the_reset(alice: Person, superuser: psycopg.Connection[Any]) -> None:
    founded(alice, 60, superuser)
    spend(alice, 3, "quest", by=superuser)
    assert alice.get("/tokens/balance").json()["runs_out"] is None
    with alice.acting():
        actions.grant(source=Source.GIFT, tokens=5, business_key=str(uuid4()))
    assert alice.get("/tokens/balance").json()["runs_out"] is None
