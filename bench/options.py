"""What the command line asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How long and how often contestants take turns, and over how many organizations they work."""

    seconds: float
    rounds: int
    organizations: int | None
    """None: the benchmark's own default."""
