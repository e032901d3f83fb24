"""The command line: `python -m bench [NAMES] [--seconds N] [--json] [--report FILE]`."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib import import_module

import django
from psycopg.conninfo import make_conninfo

from bench import report
from bench.options import BENCHES, Options, bench, count, duration
from bench.samples import Figure

DATABASE = "bench_milepost"

Measure = Callable[..., Iterable[Figure]]


def main() -> int:
    """Run the named benchmarks, or all, and print their figures; 1 when one of them failed."""
    arguments = _arguments()
    _use_own_database()
    from bench import world

    options = Options(arguments.seconds, arguments.rounds, arguments.organizations, arguments.entries)
    results: dict[str, list[Figure]] = {}
    failed = False
    place = world.make()
    for name in arguments.names or BENCHES:
        measure: Measure = import_module(f"bench.{name}").measure
        figures = results.setdefault(name, [])
        try:
            for figure in measure(place, options):
                figures.append(figure)
                if not arguments.json:
                    print(_line(figure), flush=True)
        except Exception:  # the others are measured all the same
            failed = True
            print(f"bench {name} failed:\n{traceback.format_exc()}", file=sys.stderr)
    if arguments.json:
        everything = [figure for figures in results.values() for figure in figures]
        print(json.dumps([asdict(figure) | {"met": figure.met} for figure in everything], indent=2))
    if arguments.report:
        report.write(arguments.report, results)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py bench", description="Measure Milepost on this machine.")
    descriptions = "; ".join(f"{name}: {text}" for name, text in BENCHES.items())
    parser.add_argument("names", nargs="*", metavar="NAME", type=bench, help=f"which (default: all). {descriptions}")
    parser.add_argument("--seconds", type=duration, default=5, help="length of one turn (default: 5)")
    parser.add_argument("--rounds", type=count, default=3, help="turns of each contestant (default: 3)")
    parser.add_argument(
        "--organizations", type=count, help="over how many (default: 10,000; jobs: 2,000; trace: always 1)"
    )
    parser.add_argument("--entries", type=count, help="growth: how many entries and events (default: 100,000)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--report", type=report.page, metavar="FILE", help="write them into a file of the project: docs/performance.md"
    )
    return parser.parse_args()


def _use_own_database() -> None:
    """Aim the settings at a database that nobody else uses, and set Django up."""
    os.environ["DATABASE_URL"] = make_conninfo(os.environ["DATABASE_URL"], dbname=DATABASE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    os.environ.setdefault("DATABASE_POOL_SIZE", "8")
    django.setup()


def _line(figure: Figure) -> str:
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    spread = " to ".join(map(report.number, figure.spread)) if figure.spread else ""
    aim = f"target {report.target(figure)}" if figure.target is not None else ""
    value = report.number(figure.value)
    words = (f"{figure.name:<56}", f"{value:>9}", f"{figure.unit:<8}", f"{spread:<18}", f"{aim:<15}", f"{verdict:<6}")
    return " ".join([*words, figure.note]).rstrip()


if __name__ == "__main__":
    sys.exit(main())
