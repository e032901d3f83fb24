"""Figures as a page: what stands between two lines of a file is written anew, what people wrote around it stays."""

import os
import platform
import shlex
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import psycopg
from django.conf import settings
from django.utils import timezone
from redis import Redis

from bench import load
from bench.options import BENCHES
from bench.samples import Figure

BEGIN, END = "<!-- figures, written by `manage.py bench --report` -->", "<!-- end of the figures -->"
NEW = f"# Performance\n\n{BEGIN}\n{END}\n"
PACKAGES = ("django", "granian", "psycopg")
SETTINGS = ("fsync", "synchronous_commit", "shared_buffers")


def page(text: str) -> Path:
    """Return the path of a file that can take figures: a new one, or one with a place for them."""
    path = Path(text)
    if path.exists():
        _around(path)
    return path


def write(path: Path, results: Mapping[str, Sequence[Figure]]) -> None:
    """Write the figures of each benchmark between BEGIN and END, and make the file if there is none."""
    if not path.exists():
        path.write_text(NEW)
    before, after = _around(path)
    figures = "\n".join(_lines(results))
    path.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}")


def _around(path: Path) -> tuple[str, str]:
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ArgumentTypeError(f"{path} has no place for figures: it needs a line `{BEGIN}` and below it `{END}`.")
    return before, after


def _lines(results: Mapping[str, Sequence[Figure]]) -> Iterator[str]:
    command = shlex.join(["python3", "manage.py", "bench", *sys.argv[1:]])
    yield f"Measured on {timezone.now():%Y-%m-%d} by `{command}`.\n"
    yield "| | |"
    yield "| --- | --- |"
    for name, text in _machine().items():
        yield f"| {name} | {text} |"
    for bench, figures in results.items():
        yield f"\n### `{bench}`: {BENCHES[bench]}\n"
        yield "| figure | median | rounds | target | | |"
        yield "| --- | ---: | --- | --- | --- | --- |"
        yield from map(_row, figures)


def _row(figure: Figure) -> str:
    value = f"{number(figure.value)} {figure.unit}".strip()
    spread = " to ".join(map(number, figure.spread)) if figure.spread else ""
    verdict = {True: "met", False: "**missed**", None: ""}[figure.met]
    cells = [figure.name, value, spread, target(figure), verdict, figure.note]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def target(figure: Figure) -> str:
    """Return a figure's target in words; nothing if it has none."""
    sign = "<=" if figure.at_most else ">="
    return "" if figure.target is None else f"{sign} {figure.target:.3g}"


def number(value: float) -> str:
    """Return a figure's value with as many digits as mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _machine() -> dict[str, str]:
    model = [line.partition(":")[2].strip() for line in _cpus() if line.startswith("model name")] or [
        platform.machine()
    ]
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with psycopg.connect(settings.DATABASE_URL) as connection:
        server = connection.info.parameter_status("server_version")
        query = "SELECT name || ' ' || current_setting(name) FROM unnest(%s::text[]) name"
        shown = [text for (text,) in connection.execute(query, [list(SETTINGS)])]
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis_version = redis.info("server")["redis_version"]
    return {
        "machine": f"{os.cpu_count()} cores, {model[0]}, {gigabytes:.0f} GB, {platform.system()} {platform.release()}",
        "PostgreSQL": ", ".join([str(server), *shown]),
        "Redis": str(redis_version),
        "Python": ", ".join([platform.python_version(), *(f"{name} {version(name)}" for name in PACKAGES)]),
        "load generator": load.program() or "bench.generator, in Python",
        "load average at the end": f"{os.getloadavg()[1]:.1f} over 5 minutes",
    }


def _cpus() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
