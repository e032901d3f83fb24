"""The environment is made once, again when the lock file changes, and whole or not at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saas.launch.environment import PROJECT

# Stands in for uv: notes its calls, and makes an empty environment in two seconds less.
UV = """\
#!/bin/sh
echo "$1" >> "$UV_CALLS"
case "$1" in
    venv) exec "$UV_PYTHON" -m venv --without-pip "$6" ;;
    pip) exit "$UV_PIP_EXIT" ;;
esac
"""


class Checkout:
    """A fresh clone with empty lock files, on a machine whose uv is a stand-in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.calls = path / "uv-calls"
        shutil.copytree(PROJECT / "saas" / "launch", path / "saas" / "launch")
        shutil.copy(PROJECT / "manage.py", path)
        (path / "saas" / "__init__.py").touch()
        for name in ("requirements.lock", "requirements-dev.lock"):
            (path / name).touch()
        (path / "bin").mkdir()
        (path / "bin" / "uv").write_text(UV)
        (path / "bin" / "uv").chmod(0o755)

    def start(self, *words: str, uv_works: bool = True) -> subprocess.Popen[str]:
        python = sys._base_executable  # type: ignore[attr-defined]
        variables = {
            "PATH": f"{self.path / 'bin'}:{os.environ['PATH']}",
            "UV_CALLS": str(self.calls),
            "UV_PYTHON": python,
            "UV_PIP_EXIT": "0" if uv_works else "1",
            "PIP_NO_INDEX": "1",
        }
        return subprocess.Popen(
            [python, "manage.py", *(words or ["--help"])],
            cwd=self.path,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def made(self, part: str = "pip") -> int:
        return self.calls.read_text().split().count(part)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def succeed(process: subprocess.Popen[str]) -> None:
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "manage.py up" in output


def test_it_is_made_once_for_all_who_ask_at_the_same_time(checkout: Checkout) -> None:
    for process in [checkout.start(), checkout.start(), checkout.start()]:
        succeed(process)
    assert checkout.made() == 1
    succeed(checkout.start())
    assert checkout.made() == 1

    (checkout.path / "requirements.lock").write_text("# another one\n")
    succeed(checkout.start())
    assert checkout.made() == 2


def test_tools_are_added_for_those_who_need_them(checkout: Checkout) -> None:
    succeed(checkout.start())
    for _ in range(2):
        refused = checkout.start("lint", "nothing")
        assert "takes no arguments" in refused.communicate(timeout=60)[1]
        assert (checkout.made("pip"), checkout.made("venv")) == (2, 1), "in place, and once"
    succeed(checkout.start())
    assert checkout.made() == 2, "what has the tools has all else"


def test_who_only_runs_it_needs_no_lock_of_tools(checkout: Checkout) -> None:
    """The image of docker-compose.yml is made from requirements.lock alone."""
    (checkout.path / "requirements-dev.lock").unlink()
    for _ in range(2):
        succeed(checkout.start())
    assert checkout.made() == 1


def test_the_tools_come_with_the_same_versions() -> None:
    def pins(name: str) -> set[str]:
        return {line.rstrip(" \\") for line in (PROJECT / name).read_text().splitlines() if line[:1].isalnum()}

    locked = pins("requirements.lock")
    assert len(locked) > 50
    assert locked <= pins("requirements-dev.lock")


def test_pip_takes_over_where_uv_fails(checkout: Checkout) -> None:
    succeed(checkout.start(uv_works=False))
    assert (checkout.path / ".venv" / "milepost.stamp").exists()
