"""Taking turns, and what follows from the turns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

Turn = Callable[[float], "Sample"]
"""Works for so many seconds, at its own speed."""
TURN_SECONDS_MAX = 30.0


@dataclass(frozen=True)
class Sample:
    """What one turn came to: how much a second, how long each took, and what one cost each program, in milliseconds."""

    rate: float
    latencies_ms: list[float]
    cpu_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """One line of the report. `target` is the least (or, with `at_most`, the most) that `value` should be.

    `spread` is the least and the most of the rounds whose median `value` is.
    """

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    at_most: bool = False
    note: str = ""
    spread: tuple[float, float] | None = None

    @property
    def met(self) -> bool | None:
        """Return True if the target is met, None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


def of_rounds(
    name: str,
    rounds: Sequence[float],
    unit: str = "",
    target: float | None = None,
    *,
    at_most: bool = False,
    note: str = "",
) -> Figure:
    """Return the median of some rounds with their spread."""
    return Figure(name, median(rounds), unit, target, at_most, note, (min(rounds), max(rounds)))


@dataclass(frozen=True)
class Contest:
    """The samples of contestants that took turns: as many rounds for each. Every method gives one value a round."""

    samples: Mapping[str, list[Sample]]

    def rates(self, name: str) -> list[float]:
        """Return the rates."""
        return [sample.rate for sample in self.samples[name]]

    def ratios(self, name: str, to: str) -> list[float]:
        """Return the rounds' ratios: noise that lasts longer than a round cancels out."""
        return [mine / theirs for mine, theirs in zip(self.rates(name), self.rates(to), strict=True)]

    def percentiles(self, name: str, percent: float) -> list[float]:
        """Return a percentile of the latencies, in milliseconds."""
        return [percentile(sample.latencies_ms, percent) for sample in self.samples[name]]

    def cpu_ms(self, name: str) -> dict[str, list[float]]:
        """Return what one cost each program that was watched."""
        rounds = [sample.cpu_ms for sample in self.samples[name]]
        return {program: [cpu_ms[program] for cpu_ms in rounds] for program in rounds[0]}


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
