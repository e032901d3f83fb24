"""`manage.py bench` runs each of its benchmarks on servers of its own and prints their figures, whatever they are."""

import json
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from bench import report
from bench.report import BEGIN, END
from saas.launch.environment import PROJECT

SHORT = ("--seconds", "1", "--rounds", "1", "--organizations", "100")
FIGURES = {
    "ledger": "ledger / limit: 8 clients, one hot organization",
    "actions": "from Python, actions / ORM",
    "profile": "a quest alone in a process: CPU of Python",
    "trace": "quest by API key: round trips",
    "jobs": "sweep late holds, 100 organizations",
    "crowd": "crowd: dashboard, p95",
    "gate": "gate over HTTP, one client, p50",
    "provider": "provider over HTTP, p99",
    "growth": "hold + settle, smallest world to largest",
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
def test_all_run_one_after_the_other_and_are_reported(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"By hand, above.\n{BEGIN}\n| an older figure |\n{END}\nBy hand, below.\n")
    done = bench(*SHORT, "--json", "--report", str(page))
    assert done.returncode == 0, done.stderr
    values = {figure["name"]: figure["value"] for figure in json.loads(done.stdout)}
    assert all(values[name] > 0 for name in FIGURES.values()), values
    text = page.read_text()
    assert text.startswith(f"By hand, above.\n{BEGIN}\n")
    assert text.endswith(f"\n{END}\nBy hand, below.\n")
    assert "an older figure" not in text
    assert all(f"\n| {name} | " in text for name in values)


def test_a_page_without_a_place_for_figures_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "notes.md"
    page.write_text("By hand.\n")
    with pytest.raises(ArgumentTypeError, match="no place for figures"):
        report.page(str(page))


def test_a_wrong_name_is_answered_with_the_right_ones() -> None:
    done = bench("trace", "gates")
    assert done.returncode == 2
    assert f"there is no benchmark 'gates', only {', '.join(FIGURES)}" in done.stderr
