"""`manage.py up` and the commands beside it, with real servers, granian and Celery."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import django
import pytest

from saas.launch import console
from saas.launch import folder as folders
from tests.launch.conftest import Project
from tests.machinery import until


class Up:
    """A running `up`, and what it has printed so far."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.process = project.manage("up")
        self.lines: list[str] = []
        assert self.process.stdout
        self._reader = threading.Thread(target=self.lines.extend, args=(iter(self.process.stdout),))
        self._reader.start()

    def get(self, path: str = "/readyz") -> tuple[int, str]:
        """The status, and the process group of the web server: its main process."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.project.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()

    def await_web(self, *, other_than: str = "") -> str:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                web = self.get()[1]
            except OSError:
                web = other_than
            if web != other_than:
                return web
            time.sleep(0.1)
        raise TimeoutError("".join(self.lines))

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        self._reader.join()
        return code


@pytest.fixture
def up(project: Project) -> Iterator[Up]:
    running = Up(project)
    yield running
    running.end(signal.SIGKILL)
    running.process.communicate()


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


def test_it_runs_recovers_and_stops(up: Up) -> None:
    web = up.await_web()

    code, _, errors = outcome(up.project.manage("up"))
    assert code == 1
    assert f"already runs on {up.project.data.path}: http://localhost:{up.project.port}" in errors

    code, output, _ = outcome(up.project.manage("version"))
    assert (code, output) == (0, f"{django.get_version()}\n")

    os.kill(int(web), signal.SIGKILL)
    assert up.await_web(other_than=web) != web

    with ThreadPoolExecutor() as pool:
        in_flight = pool.submit(up.get, "/slow")
        until((up.project.path / "slow").exists, seconds=60)
        assert up.end(signal.SIGINT) == 0
        assert in_flight.result()[0] == 200
    printed = "".join(up.lines)
    assert f"Milepost runs at http://localhost:{up.project.port} (ready after" in printed
    assert "\nalice / secret\n" in printed
    assert up.process.stderr
    steps = re.findall(r"^milepost: (.+): \d+\.\d s$", up.process.stderr.read(), re.MULTILINE)
    assert steps == [
        "Making the servers' files",
        "Starting postgres",
        "Starting redis",
        "Preparing the database",
        "Starting web, worker and beat",
    ]
    with folders.bequeathed(up.project.data) as lock:
        assert lock, "a service is still alive"


def test_a_taken_port_is_named(project: Project) -> None:
    with socket.create_server(("127.0.0.1", project.port)):
        code, _, errors = outcome(project.manage("up"))
    assert code == 1
    assert f"PORT {project.port} cannot be used" in errors


def test_a_long_step_says_that_it_still_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that fails does not say how long it took."""
    monkeypatch.setattr(console, "LONG_SECONDS", (0.01, 0.01))
    printed = ""
    with console.step("Working"):
        while printed.count("milepost: Working (0 s so far)\n") < 2:
            time.sleep(0.01)
            printed += capsys.readouterr().err
    with pytest.raises(ZeroDivisionError), console.step("Failing"):
        _ = 1 / 0
    lines = [line for line in (printed + capsys.readouterr().err).splitlines() if "so far" not in line]
    assert len(lines) == 1
    assert re.fullmatch(r"milepost: Working: \d+\.\d s", lines[0])


def test_commands_take_turns(project: Project) -> None:
    """And their exit code and stdout are the command's own, though the database was prepared first."""
    commands = [project.manage("work") for _ in range(2)]
    outcomes = [outcome(command) for command in commands]
    for code, output, _ in outcomes:
        assert code == 3
        assert output.startswith("postgresql://postgres@/milepost?host=")
        assert output.count("\n") == 1
    errors = "".join(errors for _, _, errors in outcomes)
    assert errors.count("Preparing the database") == 1
    assert errors.count("Waiting for `manage.py work`") == 1
