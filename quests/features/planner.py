"""Helpers of the built-in planner: a stable choice, and the goal's numbers in words."""

from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256

from quests.features.inputs import GoalInput
from quests.features.outlook import MONTH_DAYS, Outlook, cents
from quests.features.words import about, day, money, percent, plural

TREND_MIN = Decimal("0.15")
IN_TIME, STRETCH = Decimal(1), Decimal("1.5")
"""What a month must bring, in months of the pace so far: beyond STRETCH a goal is unlikely as it stands."""


def stable_hash(goal: GoalInput, *salt: object) -> int:
    """Return a hash of the goal's own fields: the same at every call, whatever revenue it has."""
    parts = (goal.title, goal.description, goal.target_amount, goal.currency, goal.business, *salt)
    return int.from_bytes(sha256(repr(parts).encode(errors="replace")).digest()[:8])


def called_for(words: Iterable[str], goal: GoalInput, more: str = "") -> bool:
    """Return whether the goal's own text, or `more`, names one of the words."""
    said = f"{goal.title} {goal.description} {more}".casefold()
    return not set(words).isdisjoint("".join(c if c.isalnum() else " " for c in said).split())


def gap_sentence(outlook: Outlook, salt: str = "") -> str:
    """Return a sentence with the missing amount and the time left. `salt` varies the words."""
    goal = outlook.goal
    gap, weekly = money(outlook.gap, goal.currency), about(outlook.weekly, goal.currency)
    if not outlook.gap:
        over = cents(goal.current_amount - goal.target_amount)
        return f"You have reached {money(goal.target_amount, goal.currency)}" + (
            f", with {money(over, goal.currency)} to spare." if over else "."
        )
    if goal.due_on is None:
        last = day(outlook.last_day)
        return f"No due date is set, so this runs to {last}: {gap} to go, about {weekly} a week."
    if outlook.overdue:
        weeks = plural(outlook.weeks, "more week")
        return f"{day(goal.due_on)} has passed with {gap} open; with {weeks} that is about {weekly} a week."
    if outlook.days < 7:
        left = f"{plural(outlook.days, 'day')} left" if outlook.days else "only today"
        return f"{gap} to go and {left}: start with the step that brings money soonest."
    return _on_time(outlook, gap, weekly, salt)


def _on_time(outlook: Outlook, gap: str, weekly: str, salt: str) -> str:
    goal, weeks = outlook.goal, plural(outlook.weeks, "week")
    sentences = (
        f"{gap} to go in {weeks}: about {weekly} a week.",
        f"From {money(goal.current_amount, goal.currency)} to {money(goal.target_amount, goal.currency)} "
        f"in {weeks} takes about {weekly} a week.",
        f"With {weeks} until {day(outlook.last_day)}, {gap} comes to about {weekly} a week.",
    )
    return sentences[stable_hash(goal, "position", salt) % len(sentences)]


def pace_sentence(outlook: Outlook) -> str:
    """Return one or two sentences that compare the goal with the pace so far."""
    goal, share, pace = outlook.goal, outlook.share, outlook.monthly_pace
    if share is None or pace is None:
        return "Nothing came in toward it lately: record what does, and the next plan knows your real pace."
    monthly = f"About {about(pace, goal.currency)} a month has come in lately{_trend(outlook.trend)}"
    if not outlook.gap:
        return f"{monthly}."
    if share <= IN_TIME:
        return f"{monthly}: enough to be there {_when(outlook)}, so protect that pace first."
    if share <= STRETCH:
        return f"{monthly}; it takes {percent(share - 1)} more a month to be there in time."
    times = f"{share:,.1f}" if share < 10 else f"{share:,.0f}"
    return f"{monthly}, and it takes {times} times that. {_way_out(outlook, pace)}".rstrip()


def _when(outlook: Outlook) -> str:
    return f"by {day(outlook.arrival)}" if outlook.arrival else "in time"


def _trend(trend: Decimal | None) -> str:
    if trend is None or abs(trend) < TREND_MIN:
        return ""
    return f", {percent(abs(trend))} {'up' if trend > 0 else 'down'} on the month before"


def _way_out(outlook: Outlook, pace: Decimal) -> str:
    """Return the target and the date that the pace would support, as far as they make sense."""
    goal, ways = outlook.goal, []
    if outlook.weeks > 1:
        near = max(goal.current_amount, Decimal(0)) + pace * outlook.days / MONTH_DAYS
        ways.append(f"{about(cents(near), goal.currency)} as a first target")
    if outlook.arrival:
        ways.append(f"{day(outlook.arrival)} as the date")
    return f"At that pace, consider {', or '.join(ways)}." if ways else ""
