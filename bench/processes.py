"""What running programs cost: the CPU time and the memory of a process and all below it, from Linux's /proc."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from redis import Redis

PROC = Path("/proc")
PARENT, TIMES = 1, slice(11, 15)
"""Places in a `stat`, counted behind the name: user and system time, and those of children that have ended."""


def servers() -> dict[str, int]:
    """Return the first process of PostgreSQL and of Redis, which run on this machine; nothing without a /proc."""
    if not PROC.exists():
        return {}
    with psycopg.connect(settings.DATABASE_URL) as connection:
        postmaster = int(_stat(connection.info.backend_pid)[PARENT])
    with Redis.from_url(settings.REDIS_URL) as redis:
        return {"PostgreSQL": postmaster, "Redis": int(redis.info("server")["process_id"])}


@contextmanager
def watched(programs: Mapping[str, int]) -> Iterator[dict[str, float]]:
    """Fill the dict with the CPU seconds that each program, given by its first process, took inside the block."""
    before = {name: _cpu_seconds(pid) for name, pid in programs.items()}
    took: dict[str, float] = {}
    yield took
    took |= {name: _cpu_seconds(pid) - before[name] for name, pid in programs.items()}


def memory_mb(pid: int) -> float:
    """Return the memory of a process and all below it, what they share counted once; 0 without a /proc."""
    kilobytes = 0
    for one in _with_all_below(pid):
        try:
            lines = (PROC / str(one) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it has ended meanwhile
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


def _cpu_seconds(pid: int) -> float:
    ticks = sum(int(part) for stat in _with_all_below(pid).values() for part in stat[TIMES])
    return ticks / os.sysconf("SC_CLK_TCK")


def _with_all_below(pid: int) -> dict[int, list[str]]:
    """Return the `stat` of a process and of all below it."""
    stats = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            stats[int(folder.name)] = _stat(int(folder.name))
        except OSError:
            continue  # it has ended meanwhile
    found, to_visit = {}, [pid]
    while to_visit:
        one = to_visit.pop()
        if one in stats:
            found[one] = stats[one]
            to_visit += [child for child, stat in stats.items() if int(stat[PARENT]) == one]
    return found


def _stat(pid: int) -> list[str]:
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
