"""Whether a goal's money comes in as fast as its day needs: one pure function for pages, API and mails.

Note [Where the numbers of a pace come from]
    Where today should be is a straight line: from the goal's first day, with what was there before it, to the due day
    with the whole target. The first day is the day on which the goal was set, in the organization's time zone; what
    was there before it is the progress of today without the revenue entries since.
    What comes in a week is the mean of the revenue entries of the last four weeks, or of the time since the goal
    began or its first entry came, where that is shorter; never of less than one week.
    Money comes in lumps. So a goal is behind only from a week's way below the line on, less where its whole time is
    short (a tenth of it) and where its day is near (the days left).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum

from quests.features.words import about, money, plural

WEEK_DAYS, RECENT_DAYS = 7, 28

_CENT = Decimal("0.01")


class PaceState(StrEnum):
    """How a goal that is not reached yet stands; what needs attention first comes first."""

    OVERDUE = "overdue"
    BEHIND = "behind"
    ON_TRACK = "on_track"
    NO_DATE = "no_date"


@dataclass(frozen=True)
class PaceInput:
    """What a pace is computed from. Amounts are in the organization's currency, days in its time zone.

    `since_amount` came since `started_on`, `recent_amount` in the last RECENT_DAYS up to `today`; `first_on` is the
    day of the first revenue entry, None without one.
    """

    target_amount: Decimal
    current_amount: Decimal
    since_amount: Decimal
    recent_amount: Decimal
    started_on: date
    first_on: date | None
    due_on: date | None
    today: date


@dataclass(frozen=True)
class Pace:
    """How a goal stands today. Amounts are in the organization's currency, to the cent.

    `expected_amount` is where today should be, `behind_amount` what is missing to it, `needed_weekly_amount` what each
    week until the due day must bring (the whole rest where less than a week is left): all None without a due day or
    after it. `weekly_amount` is what a week brought lately; `days_left` is below 0 after the due day.
    """

    state: PaceState
    left_amount: Decimal
    weekly_amount: Decimal
    due_on: date | None = None
    days_left: int | None = None
    expected_amount: Decimal | None = None
    expected_percent: int | None = None
    behind_amount: Decimal | None = None
    needed_weekly_amount: Decimal | None = None

    @property
    def overdue_days(self) -> int:
        """Return for how many days the goal is overdue, 0 before."""
        return max(-(self.days_left or 0), 0)


def pace(known: PaceInput) -> Pace:
    """Return the pace of a goal that is not reached; see Note [Where the numbers of a pace come from]."""
    left = max(known.target_amount - known.current_amount, Decimal(0))
    weekly = _weekly_amount(known)
    if known.due_on is None:
        return Pace(PaceState.NO_DATE, left, weekly)
    days_left = (known.due_on - known.today).days
    if days_left < 0:
        return Pace(PaceState.OVERDUE, left, weekly, known.due_on, days_left)
    before = known.current_amount - known.since_amount
    days = max((known.due_on - known.started_on).days, 0)
    passed = min(max((known.today - known.started_on).days, 0), days)
    way = known.target_amount - before
    expected = before + (way * passed / days if days else way)
    slack = way * min(Decimal(WEEK_DAYS), Decimal(days) / 10, Decimal(days_left)) / days if days else Decimal(0)
    behind = max(expected - known.current_amount, Decimal(0))
    return Pace(
        state=PaceState.BEHIND if behind > max(slack, Decimal(0)) else PaceState.ON_TRACK,
        left_amount=left,
        weekly_amount=weekly,
        due_on=known.due_on,
        days_left=days_left,
        expected_amount=expected.quantize(_CENT, ROUND_HALF_UP),
        expected_percent=int(min(max(100 * expected / known.target_amount, Decimal(0)), Decimal(100))),
        behind_amount=behind.quantize(_CENT, ROUND_HALF_UP),
        needed_weekly_amount=(left * WEEK_DAYS / max(days_left, WEEK_DAYS)).quantize(_CENT, ROUND_CEILING),
    )


def _weekly_amount(known: PaceInput) -> Decimal:
    """Return what a week brought lately, to the cent."""
    began = min(known.started_on, known.first_on or known.started_on)
    days = min(max((known.today - began).days + 1, WEEK_DAYS), RECENT_DAYS)
    return (known.recent_amount * WEEK_DAYS / days).quantize(_CENT, ROUND_HALF_UP)


def pace_sentence(pace: Pace, currency: str) -> str:
    """Return a pace in words: "On track", "$1,120 behind: needs $670 a week, you bring $410", "Overdue by 12 days"."""
    brings = f"you bring {about(pace.weekly_amount, currency)}" if pace.weekly_amount > 0 else "nothing comes in yet"
    match pace.state:
        case PaceState.NO_DATE:
            return f"No date set: {money(pace.left_amount, currency)} to go, {brings}" + (
                " a week" if pace.weekly_amount > 0 else ""
            )
        case PaceState.OVERDUE:
            days = plural(pace.overdue_days, "day")
            return f"Overdue by {days}: {money(pace.left_amount, currency)} to go"
    start = "On track"
    if pace.state is PaceState.BEHIND:
        start = f"{about(pace.behind_amount or Decimal(0), currency)} behind"
    if (pace.days_left or 0) < WEEK_DAYS:
        last = "today" if not pace.days_left else f"in {plural(pace.days_left, 'day')}"
        return f"{start}: {money(pace.left_amount, currency)} to go, due {last}"
    return f"{start}: needs {about(pace.needed_weekly_amount or Decimal(0), currency)} a week, {brings}"


def reached_on(*, target_amount: Decimal, current_amount: Decimal, by_day: Mapping[date, Decimal]) -> date | None:
    """Return the day since which a reached goal's amount is there, None where no revenue entry brought it there.

    `by_day` has the amounts of all its revenue entries; what they do not explain of the progress was there before.
    """
    amount = current_amount - sum(by_day.values(), Decimal(0))
    day: date | None = None
    for received_on in sorted(by_day):
        was_there = amount >= target_amount
        amount += by_day[received_on]
        if amount >= target_amount and not was_there:
            day = received_on
    return day


def reached_sentence(amount: Decimal, currency: str, *, reached_on: date | None, due_on: date | None) -> str:
    """Return "$2,400 on 29 Nov 2026, 1 day early" of a goal whose amount is there since a day, if one is known."""
    if reached_on is None:
        return money(amount, currency)
    words = f"{money(amount, currency)} on {reached_on.day} {reached_on:%b %Y}"
    early = (due_on - reached_on).days if due_on else None
    if early is None:
        return words
    if not early:
        return f"{words}, on the day"
    return f"{words}, {plural(abs(early), 'day')} {'early' if early > 0 else 'late'}"
