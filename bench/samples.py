"""Taking turns, and what follows from the turns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Turn = Callable[[float], "Sample"]
"""Works for so many seconds, at its own speed."""
TURN_SECONDS_MAX = 30.0


@dataclass(frozen=True)
class Sample:
    """What one turn came to: how much a second, and how long each took in milliseconds."""

    rate: float
    latencies_ms: list[float]

    @property
    def median_ms(self) -> float:
        """Return the median latency."""
        return median(self.latencies_ms)


@dataclass(frozen=True)
class Figure:
    """One line of the report. `target` is the least (or, with `at_most`, the most) that `value` should be."""

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Return True if the target is met, None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


@dataclass(frozen=True)
class Contest:
    """The samples of contestants that took turns: as many rounds for each."""

    samples: Mapping[str, list[Sample]]

    def rate(self, name: str) -> float:
        """Return the median rate."""
        return median(sample.rate for sample in self.samples[name])

    def ratio(self, name: str, to: str) -> float:
        """Return the median of the rounds' ratios: noise that lasts longer than a round cancels out."""
        rounds = zip(self.samples[name], self.samples[to], strict=True)
        return median(mine.rate / theirs.rate for mine, theirs in rounds)

    def percentile(self, name: str, percent: float) -> float:
        """Return a percentile of all latencies, in milliseconds."""
        return percentile([ms for sample in self.samples[name] for ms in sample.latencies_ms], percent)


def percentile(values: list[float], percent: float) -> float:
    """Return the smallest value that `percent` of the values do not exceed."""
    return sorted(values)[min(int(len(values) * percent / 100), len(values) - 1)]


def compete(contestants: Mapping[str, Turn], *, rounds: int, seconds: float) -> Contest:
    """Let the contestants take turns of `seconds`: A, B, A, B."""
    samples: dict[str, list[Sample]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, turn in contestants.items():
            samples[name].append(take(turn, seconds))
    return Contest(samples)


def take(turn: Turn, seconds: float) -> Sample:
    """Take a turn, longer and longer until something is finished in it.

    Raises RuntimeError when nothing is in over TURN_SECONDS_MAX.
    """
    while not (sample := turn(seconds)).latencies_ms:
        if seconds > TURN_SECONDS_MAX:
            raise RuntimeError(f"nothing was finished in {seconds:g} s")
        seconds *= 4
    return sample
