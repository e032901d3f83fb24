"""What the command line can ask for."""

from argparse import ArgumentTypeError
from dataclasses import dataclass

BENCHES = {
    "ledger": "hold + settle on the SQL functions, by pgbench, beside the limit",
    "actions": "hold + settle from Python, beside the limit and ORM statements",
    "profile": "where the Python of a quest spends its CPU, one after the other in one process",
    "trace": "one quest through the REST API: round trips and commits",
    "jobs": "refresh, license transitions and sweep, and what a hold waits beside them",
    "crowd": "450 quests in flight whose AI takes 2 s, and the dashboard of others meanwhile",
    "gate": "the whole gate over HTTP with instant AI, beside the limit and the peers that run",
    "provider": "the same with 128 clients and an AI that takes 200 ms",
    "growth": "hold + settle, pages and lists, as organizations and their history grow",
}


@dataclass(frozen=True)
class Options:
    """How long and how often contestants take turns, and over how many organizations they work."""

    seconds: float
    rounds: int
    organizations: int | None
    entries: int | None
    """None: the benchmark's own default."""


def bench(text: str) -> str:
    """Return the name of a benchmark."""
    if text not in BENCHES:
        raise ArgumentTypeError(f"there is no benchmark {text!r}, only {', '.join(BENCHES)}")
    return text


def duration(text: str) -> float:
    """Return a length of time in seconds."""
    if not 0 < (value := float(text)) < float("inf"):
        raise ArgumentTypeError(f"{text} is not a length of time")
    return value


def count(text: str) -> int:
    """Return a whole number from 1 on."""
    if (value := int(text)) < 1:
        raise ArgumentTypeError(f"{text} is not at least 1")
    return value
