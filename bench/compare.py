"""`manage.py bench compare REV [NAMES]`: another revision beside the files that are here, in turn, on this machine.

Each turn is one benchmark in a process of its own, on servers and a database of its own, started by the
launcher of its revision: so nothing but the revision differs. Who comes first changes from round to round. What
counts is the ratio of each round, since noise that lasts longer than a round cancels out.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.options import BENCHES, bench, count, duration
from saas.launch.console import Refused, say
from saas.launch.environment import LOCK_FILE, PROJECT
from saas.launch.processes import Signals, Stopped

START = "import sys; from saas.launch import commands; sys.exit(commands.run(sys.argv[1:]))"
PATIENCE_SECONDS = 120
Figures = dict[str, float]


@dataclass(frozen=True)
class Side:
    """A revision that can be run: its name, its files, and the Python that has its packages."""

    name: str
    folder: Path
    python: str


def main() -> int:
    """Print both figures, their ratio and its spread; leave nothing behind, after Ctrl-C either."""
    arguments = _arguments()
    with Signals() as signals, _workplace() as place:
        try:
            sides = (_taken_out(arguments.revision, place, signals), Side("here", PROJECT, sys.executable))
            print(f"{'':<56} {sides[0].name[:12]:>12} {'here':>12} {'ratio':>7}  rounds", flush=True)
            for name in arguments.names or BENCHES:
                rounds: list[tuple[Figures, Figures]] = []
                for number in range(arguments.rounds):
                    say(f"{name}: round {number + 1} of {arguments.rounds}")
                    turns = sides if number % 2 == 0 else sides[::-1]
                    figures = {side.name: _turn(side, name, arguments.seconds, place, signals) for side in turns}
                    rounds.append((figures[sides[0].name], figures[sides[1].name]))
                for line in lines(rounds):
                    print(line, flush=True)
        except Stopped:
            return 130
    return 0


def lines(rounds: Sequence[tuple[Figures, Figures]]) -> Iterator[str]:
    """Yield a line for each figure that both sides gave in every round: medians, and the ratio of here to there."""
    for name in rounds[0][0]:
        pairs = [(before[name], after[name]) for before, after in rounds if name in before and name in after]
        if len(pairs) < len(rounds):
            continue
        there, here = (median(values) for values in zip(*pairs, strict=True))
        line = f"{name:<56} {there:>12,.2f} {here:>12,.2f}"
        if all(before for before, _ in pairs):
            ratios = sorted(after / before for before, after in pairs)
            line += f" {median(ratios):>7.3f}  {ratios[0]:.3f} to {ratios[-1]:.3f}"
        yield line


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py bench compare", description="Compare a revision with this one.")
    parser.add_argument("revision", metavar="REV", help="a commit, branch or tag; its files are taken from git")
    parser.add_argument("names", nargs="*", metavar="NAME", type=bench, help="which benchmarks (default: all)")
    parser.add_argument("--seconds", type=duration, default=5, help="length of one turn (default: 5)")
    parser.add_argument("--rounds", type=count, default=3, help="turns of each revision (default: 3)")
    return parser.parse_args()


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="milepost-compare-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _taken_out(revision: str, place: Path, signals: Signals) -> Side:
    """Write the revision's files; make an environment for them only if they lock other packages than ours."""
    archive, folder = place / "revision.tar", place / "revision"
    folder.mkdir()
    git = ("git", "-C", str(PROJECT), "archive", "--format=tar", f"--output={archive}", f"{revision}^{{commit}}")
    found = subprocess.run(git, capture_output=True, text=True)
    if found.returncode:
        raise Refused(f"There is no revision {revision} to compare with: {found.stderr.strip()}")
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
    if (folder / LOCK_FILE.name).read_bytes() == LOCK_FILE.read_bytes():
        return Side(revision, folder, sys.executable)
    base: str = sys._base_executable  # type: ignore[attr-defined]
    _run([base, "-m", "saas.launch.environment"], folder, place, signals)
    return Side(revision, folder, str(folder / ".venv" / "bin" / "python"))


def _turn(side: Side, name: str, seconds: float, place: Path, signals: Signals) -> Figures:
    words = ("bench", name, "--seconds", str(seconds), "--rounds", "1", "--json")
    printed = _run([side.python, "-c", START, *words], side.folder, place, signals)
    return {figure["name"]: figure["value"] for figure in json.loads(printed)}


def _run(command: list[str], folder: Path, place: Path, signals: Signals) -> str:
    """Run a command to its end, or until we are asked to stop; return what it printed. Nothing of it stays.

    It has a session of its own, so that a Ctrl-C reaches it once, from here.
    """
    with (place / "stdout").open("w+") as output, (place / "stderr").open("w+") as errors:
        child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
        )
        try:
            while child.poll() is None and not signals.asked:
                signals.pause(1)
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(PATIENCE_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        if signals.asked:
            raise Stopped
        output.seek(0)
        errors.seek(0)
        if child.returncode:
            raise Refused(f"`{' '.join(command)}` failed in {folder}:\n{errors.read()[-3000:]}")
        return output.read()


if __name__ == "__main__":
    sys.exit(main())
