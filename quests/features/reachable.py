"""Whether a goal can be reached: by its pace, by what its time can hold, or because nothing at all speaks for it."""

import math
from datetime import date
from decimal import Decimal

from quests.features.details import GoalReading, PerPeriod
from quests.features.outlook import MONTH_DAYS, Outlook, cents, later
from quests.features.working import Working

BEYOND = Decimal(4)
"""What a month must bring, in months of the pace so far: beyond it a goal is no plan."""

BASELESS_WEEK = Decimal(25_000)
"""Dollars a week must not bring more than without any number that speaks for it."""

SCALE = {"JPY": 150, "INR": 85, "KRW": 1400, "HUF": 360, "CLP": 950, "COP": 4000, "IDR": 16000, "VND": 25000}
"""Units of a currency to a dollar, roughly, where there are many."""

UNITS_A_DAY_MAX = 300
ARRIVAL_DAYS_MAX = 3650
NOT_SOLD = ("rise", "retainer", "recall", "heads")
MUST_BE_PAID = frozenset({"tax", "wages", "rent", "debt"})


def judge(working: Working, reading: GoalReading, outlook: Outlook) -> None:
    """Add to the working what the pace by now brings, and a doubt where the goal is no plan."""
    if not outlook.gap:
        return
    months = max(Decimal(1), outlook.days / MONTH_DAYS)
    if working.volume and working.count and working.lever not in NOT_SOLD:
        _judge_volume(working, working.volume, months, outlook)
    if working.doubt:
        return
    if outlook.share is not None and outlook.monthly_pace:
        if outlook.share > BEYOND:
            _doubt(working, "doubt_pace", outlook, outlook.monthly_pace * months, outlook.arrival)
    elif reading.revenue and outlook.gap / months > reading.revenue * BEYOND:
        _doubt(working, "doubt_pace", outlook, reading.revenue * months)
    elif working.most is not None and working.most < outlook.gap:
        _doubt(working, "doubt_pace" if working.lever == "profit" else "doubt_capacity", outlook, working.most)
    elif _is_baseless(working, reading, outlook):
        _doubt(working, "doubt_baseless", outlook, None)


def _judge_volume(working: Working, volume: PerPeriod, months: Decimal, outlook: Outlook) -> None:
    brings, needed = int(volume.monthly * outlook.days / MONTH_DAYS), math.ceil(working.count / months)
    each = math.ceil(working.count / months * volume.value / volume.monthly)
    if brings < working.count:
        working.say("pace_units", pace=volume.value, per=volume.period, brings=brings, needed=each)
    elif working.adds:
        working.say("pace_on_top", pace=volume.value, per=volume.period, more=each, share=each / volume.value)
    if needed > volume.monthly * BEYOND:
        _doubt(working, "doubt_pace", outlook, brings * (working.price or Decimal(0)))


def _is_baseless(working: Working, reading: GoalReading, outlook: Outlook) -> bool:
    if reading.kinds & MUST_BE_PAID or reading.owed:
        return False
    if working.price and working.count:
        return working.count > UNITS_A_DAY_MAX * max(1, outlook.days)
    return outlook.gap / outlook.weeks > BASELESS_WEEK * SCALE.get(outlook.goal.currency, 1)


def _doubt(working: Working, phrase: str, outlook: Outlook, reach: Decimal | None, arrival: date | None = None) -> None:
    """Doubt a goal; `reach` is rounded to what a person would name, and dropped where it says nothing."""
    rounded = _rounded(reach) if reach and _rounded(reach) < outlook.gap else None
    if rounded and arrival is None:
        days = math.ceil(outlook.gap / rounded * max(1, outlook.days))
        arrival = later(outlook.goal.today, days) if days <= ARRIVAL_DAYS_MAX else None
    working.reach, working.arrival = rounded, arrival
    known = phrase if rounded else "doubt_baseless"
    working.doubt = (known, {"gap": outlook.gap, "last": outlook.last_day, "reach": rounded, "arrival": arrival})


def _rounded(amount: Decimal) -> Decimal:
    step = Decimal(10) ** max(-2, amount.adjusted() - 1)
    return cents((amount // step) * step)
