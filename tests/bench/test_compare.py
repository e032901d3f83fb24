"""`manage.py bench compare` measures two revisions in turn and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.compare import lines
from saas.launch.environment import PROJECT


@pytest.fixture(autouse=True)
def db() -> None:
    """Nothing here uses the database of the test run."""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for temporary files that the database's account can enter."""
    made = Path(tempfile.mkdtemp(prefix="milepost-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def compare(place: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start it with its temporary files in `place`."""
    return subprocess.Popen(
        [sys.executable, str(PROJECT / "manage.py"), "bench", "compare", *arguments],
        env={**os.environ, "TMPDIR": str(place)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
    )


def commands_naming(place: Path) -> list[str]:
    """The command lines of the processes that work in `place`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:  # it has ended
            continue
        if os.fsencode(place) in command:
            found.append(command.decode(errors="replace"))
    return found


def test_ratios_are_taken_round_by_round() -> None:
    rounds = [({"a": 100.0, "gone": 1.0}, {"a": 110.0}), ({"a": 50.0}, {"a": 50.0}), ({"a": 10.0}, {"a": 9.0})]
    assert [line.split() for line in lines(rounds)] == [["a", "50.00", "50.00", "1.000", "0.900", "to", "1.100"]]


def test_an_unknown_revision_is_refused(place: Path) -> None:
    process = compare(place, "no-such-revision", "trace")
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 1
    assert "milepost: There is no revision no-such-revision to compare with" in errors
    assert not list(place.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_revision_runs_beside_the_files_that_are_here(place: Path) -> None:
    process = compare(place, "HEAD", "trace", "--seconds", "1", "--rounds", "1")
    output, errors = process.communicate(timeout=1100)
    assert process.returncode == 0, errors
    figures = {line[:56].rstrip(): line[56:].split() for line in output.splitlines()}
    here_and_there = figures["quest by API key: round trips"]
    assert len(here_and_there) == 6
    assert float(here_and_there[0]) > 0
    assert not list(place.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.timeout(1200)
def test_ctrl_c_leaves_nothing_behind(place: Path) -> None:
    process = compare(place, "HEAD", "trace", "--seconds", "1", "--rounds", "1")
    deadline = time.monotonic() + 600
    while not any("pginstall/bin/postgres" in command for command in commands_naming(place)):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=500)
    assert process.returncode == 130
    assert not commands_naming(place)
    assert not list(place.iterdir())
