"""Amounts of the months to come from those of the months that were: exponential smoothing, by statsmodels.

Note [A band is paths]
    The chosen model draws PATHS futures, its errors from Student's t, so that few months make a wide band.
    The band of a month are the 10th and 90th percentile of its amounts, the band of the total those of the
    paths' sums: good and bad months even out, so it is narrower than the sum of the bands. The middle is
    the model's own expectation, so the middles of the months add up to the middle of the total.
    The same history gives the same paths.

numpy and statsmodels are imported where they are used: they take over a second, which only a forecast should pay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from quests.features.outlook import cents

PATHS, SEED = 4000, 20_200_229
MONTHS_FOR_LEVEL, MONTHS_FOR_TREND, MONTHS_FOR_SEASON = 3, 10, 24
YEAR = 12
LEVEL_MONTHS = 3
"""How many of the first months make the level to start from, where there are too few to estimate it."""

SPREAD = {1: Decimal(1), 2: Decimal("0.75")}
"""Of the middle, how far the band reaches to each side after so few months; and after months all alike:"""
SPREAD_ALIKE = Decimal("0.25")
SPREAD_GROWTH = Decimal("0.1")
"""Of itself, how much wider such a band gets with each month further away."""

ERROR_MIN = 0.05
"""Of the average month: no history is so even that the next month were certain."""


class Method(StrEnum):
    """What a projection rests on; NOTHING is only that of forecasts which were made before they were refused."""

    NOTHING = "nothing"
    FEW_MONTHS = "few_months"
    LEVEL = "level"
    TREND = "trend"
    SEASON = "season"


@dataclass(frozen=True)
class Band:
    """Nine in ten are above p10, half above p50, one in ten above p90."""

    p10: Decimal
    p50: Decimal
    p90: Decimal


@dataclass(frozen=True)
class Projection:
    """The bands of the months to come and of their total, and what they rest on."""

    months: tuple[Band, ...]
    total: Band
    method: Method


def project(history: Sequence[Decimal], *, months: int, skip: int = 0) -> Projection:
    """Project `months` months that begin `skip` months after the last one of `history`, which has one at least."""
    if len(history) < MONTHS_FOR_LEVEL:
        return _around(history, SPREAD[len(history)], months, Method.FEW_MONTHS)
    if len(set(history)) == 1:
        return _around(history, SPREAD_ALIKE, months, Method.LEVEL)
    return _smoothed(history, months, skip) or _around(history, SPREAD[2], months, Method.LEVEL)


def _around(history: Sequence[Decimal], spread: Decimal, months: int, method: Method) -> Projection:
    middle = cents(sum(history, Decimal(0)) / len(history))
    widths = [abs(middle) * spread * (1 + SPREAD_GROWTH * place) for place in range(months)]
    lowest = min(Decimal(0), *history)
    return _sum_up([Band(cents(max(middle - w, lowest)), middle, cents(middle + w)) for w in widths], method)


def _sum_up(bands: list[Band], method: Method) -> Projection:
    """Add up bands as if all months were bad or good together, since nothing is known of their correlation."""
    total = Band(*(sum((getattr(band, part) for band in bands), Decimal(0)) for part in ("p10", "p50", "p90")))
    return Projection(tuple(bands), total, method)


def _smoothed(history: Sequence[Decimal], months: int, skip: int) -> Projection | None:
    """Project by the best model; None where the numbers fit none."""
    import numpy as np

    scale = float(max(abs(amount) for amount in history))
    amounts = np.array([float(amount) / scale for amount in history])
    with np.errstate(all="ignore"):
        fitted = [(method, fit) for method, fit in _fits(amounts) if np.isfinite(fit.llf) and fit.sse > 0]
        if not fitted:
            return None
        method, best = min(fitted, key=lambda each: float(each[1].aicc))
        lowest = min(0.0, float(amounts.min()))
        middles = np.maximum(best.forecast(skip + months)[skip:], lowest)
        paths = np.maximum(_paths(best, amounts, skip + months)[skip:], lowest)
    lows, highs = np.quantile(paths, (0.1, 0.9), axis=1)
    bands = [_band(*figures, scale) for figures in zip(lows, middles, highs, strict=True)]
    low, high = np.quantile(paths.sum(axis=0), (0.1, 0.9))
    middle = sum((band.p50 for band in bands), Decimal(0))
    total = Band(min(_exact(low, scale), middle), middle, max(_exact(high, scale), middle))
    return Projection(tuple(bands), total, method)


def _fits(amounts: Any) -> list[tuple[Method, Any]]:
    """Return the models that so many months can carry, fitted."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    level: dict[str, Any] = {}
    if len(amounts) < MONTHS_FOR_TREND:
        level = {"initialization_method": "known", "initial_level": float(amounts[:LEVEL_MONTHS].mean())}
    trend = {"trend": "add", "damped_trend": True}
    season = {"seasonal": "add", "seasonal_periods": YEAR}
    models = [(Method.LEVEL, level)]
    if len(amounts) >= MONTHS_FOR_TREND:
        models.append((Method.TREND, trend))
    if len(amounts) >= MONTHS_FOR_SEASON:
        models += [(Method.SEASON, season), (Method.SEASON, trend | season)]
    return [
        (method, ETSModel(amounts, error="add", **options).fit(disp=False, warn_convergence=False))
        for method, options in models
    ]


def _paths(fit: Any, amounts: Any, steps: int) -> Any:
    """Draw futures: an array of `steps` rows and PATHS columns; see Note [A band is paths]."""
    import numpy as np

    freedom = max(1, len(amounts) - len(fit.params))
    error = max(float(np.sqrt(fit.sse / freedom)), ERROR_MIN * float(np.abs(amounts).mean()))
    errors = error * np.random.default_rng(SEED).standard_t(freedom, (steps, PATHS))
    drawn = fit.simulate(steps, anchor="end", repetitions=PATHS, random_errors=errors)
    return np.asarray(drawn).reshape(steps, PATHS)


def _band(low: float, middle: float, high: float, scale: float) -> Band:
    p10, p50, p90 = sorted(_exact(figure, scale) for figure in (low, middle, high))
    return Band(p10, p50, p90)


def _exact(figure: float, scale: float) -> Decimal:
    return cents(Decimal(float(figure) * scale))
