"""`manage.py bench` runs each of its benchmarks on servers of its own and prints their figures, whatever they are."""

import json
import subprocess
import sys

import pytest

from saas.launch.environment import PROJECT

SHORT = ("--seconds", "1", "--rounds", "1", "--organizations", "100")
FIGURES = {
    "ledger": "ledger / limit: 8 clients, one hot organization",
    "actions": "from Python, actions / ORM",
    "trace": "quest by API key: round trips",
    "jobs": "sweep late holds, 100 organizations",
    "crowd": "crowd: dashboard, p95",
    "gate": "gate over HTTP, one client, p50",
}


@pytest.fixture(autouse=True)
def db() -> None:
    """Nothing here uses the database of the test run."""


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py bench` from anywhere."""
    command = [sys.executable, str(PROJECT / "manage.py"), "bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=1700)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_run_one_after_the_other() -> None:
    done = bench(*SHORT, "--json")
    assert done.returncode == 0, done.stderr
    values = {figure["name"]: figure["value"] for figure in json.loads(done.stdout)}
    assert set(FIGURES.values()) <= set(values)
    assert all(value > 0 for value in values.values()), values


def test_a_wrong_name_is_answered_with_the_right_ones() -> None:
    done = bench("trace", "gates")
    assert done.returncode == 2
    assert f"there is no benchmark 'gates', only {', '.join(FIGURES)}" in done.stderr
