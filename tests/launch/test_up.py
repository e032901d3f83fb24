"""`manage.py up` and the commands beside it, with real servers, granian and Celery."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sysconfig
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django
import pytest
from django.db.utils import OperationalError

from saas.launch import commands, console, servers
from saas.launch import folder as folders
from saas.launch.folder import Holder
from saas.launch.processes import ServiceUser, Signals
from saas.launch.supervisor import Stack
from tests.launch.conftest import Project
from tests.machinery import until


class Up:
    """A running `up`, and what it has printed so far."""

    def __init__(self, project: Project, *arguments: str, **also: str) -> None:
        self.project = project
        self.process = project.manage("up", *arguments, **also)
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
        "Starting web",
    ]
    with folders.bequeathed(up.project.data) as lock:
        assert lock, "a service is still alive"


def test_a_taken_port_is_named(project: Project) -> None:
    with socket.create_server(("127.0.0.1", project.port)):
        code, _, errors = outcome(project.manage("up"))
    assert code == 1
    assert f"PORT {project.port} cannot be used" in errors


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "²"),
        ("DATA_DIR", "/proc/nowhere"),
        ("WEB_WORKERS", "0"),
        ("WEB_WORKERS", "two"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_sentence(project: Project, name: str, value: str) -> None:
    """D9."""
    code, _, errors = outcome(project.manage("up", **{name: value}))
    assert code == 1
    assert errors.startswith(f"milepost: {name} ") and errors.count("\n") == 1, errors


def test_as_root_it_hands_the_programs_to_the_servers_account(readable_project: Project) -> None:
    """And they are ended, started again and stopped as ever: by us, and by the kernel when we are killed."""
    packages = sysconfig.get_path("purelib")
    up = Up(readable_project, PYTHONPATH=packages)
    try:
        web = up.await_web()
        owner = (readable_project.data.path / "servers").stat().st_uid
        assert owner != 0
        until(lambda: len(celeries(readable_project)) > 1)
        until(lambda: {uid_of(pid) for pid in processes_of(readable_project)} == {owner})
        assert up.get("/uid") == (200, str(owner))
        os.kill(int(web), signal.SIGKILL)
        assert up.await_web(other_than=web) != web
        assert (readable_project.data.path / "secret_key").stat().st_uid == 0
    finally:
        up.end(signal.SIGKILL)
        up.process.communicate()
    with folders.bequeathed(readable_project.data) as lock:
        assert lock, "a service is still alive"
    again = Up(readable_project, PYTHONPATH=packages)
    assert again.await_web()
    assert again.end(signal.SIGINT) == 0
    again.process.communicate()


def processes_of(project: Project) -> list[int]:
    """Return what holds the servers' lock, the launcher left out: servers, web, worker and beat with their children."""
    lock = (project.data.run / "servers.lock").resolve()
    found = set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if descriptor.readlink() == lock:
                found.add(int(descriptor.parts[2]))
    launcher = [pid for pid in found if b"manage.py" in command_line(pid)]
    return sorted(found - set(launcher))


def uid_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def test_as_root_it_says_where_the_account_cannot_reach_the_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.geteuid() != 0:
        pytest.skip("Only root hands programs over.")
    data = folders.DataFolder(tmp_path / "data")
    data.make()
    tmp_path.chmod(0o700)
    assert servers.account_of_programs(data, 8000) == ServiceUser()
    assert "Web, worker and beat run as root: " in capsys.readouterr().err


@pytest.mark.slow
def test_with_reload_it_takes_new_code_and_gets_over_a_mistake(project: Project) -> None:
    up = Up(project, "--reload")
    module = project.path / "saas" / "wsgi.py"
    right = module.read_text()
    try:
        web = up.await_web()
        until(lambda: len(celeries(project)) > 1, seconds=120)
        before = set(celeries(project))
        module.write_text(f"this is no Python\n{right}")
        until(lambda: len(celeries(project)) > 1 and before.isdisjoint(celeries(project)), seconds=120)
        module.write_text(right.replace('"text/plain"', '"text/edited"'))
        assert up.await_web(other_than=web) != web
        with urllib.request.urlopen(f"http://127.0.0.1:{project.port}/", timeout=10) as answer:
            assert answer.headers["Content-Type"] == "text/edited"
        assert up.end(signal.SIGINT) == 0
    finally:
        up.end(signal.SIGKILL)
        _, errors = up.process.communicate()
    assert "saas/wsgi.py changed: web, worker and beat start again." in errors, errors


def celeries(project: Project) -> list[int]:
    """Return the processes of worker and beat."""
    return [pid for pid in processes_of(project) if b"celery" in command_line(pid)]


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_up_takes_no_other_argument(project: Project) -> None:
    code, _, errors = outcome(project.manage("up", "--relaod"))
    assert (code, errors) == (
        1,
        "milepost: `manage.py up` takes only --reload: PORT, DATA_DIR and others are environment variables.\n",
    )


def test_a_port_that_is_taken_while_it_starts_ends_it_with_one_sentence(project: Project) -> None:
    code, _, errors = outcome(project.manage("up", SOMEBODY_TAKES_THE_PORT="yes"))
    os.kill(int((project.path / "stranger").read_text()), signal.SIGKILL)
    assert code == 1
    assert f"PORT {project.port} was taken by another program" in errors
    with folders.bequeathed(project.data) as lock:
        assert lock, "a service is still alive"


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
    works = [project.manage("work") for _ in range(2)]
    outcomes = [outcome(command) for command in works]
    for code, output, _ in outcomes:
        assert code == 3
        assert output.startswith("postgresql://postgres@/milepost?host=")
        assert output.count("\n") == 1
    errors = "".join(errors for _, _, errors in outcomes)
    assert errors.count("Preparing the database") == 1
    assert errors.count("Waiting for `manage.py work`") == 1


def test_it_offers_its_servers_to_no_command_while_it_stops(tmp_path: Path) -> None:
    data = folders.DataFolder(tmp_path / "data")
    hold = folders.hold(data)
    assert hold
    hold.announce(Holder(os.getpid(), "up", environment={"DATABASE_URL": "postgresql://"}))
    with Signals() as signals:
        Stack(data, hold, signals, lock=-1)._stop()
    holder = data.holder()
    assert holder and (holder.command, holder.environment) == ("up", None)
    hold.release()


def test_a_command_whose_database_stops_with_up_says_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lose(arguments: list[str]) -> None:
        raise OperationalError("connection to server failed")

    monkeypatch.setattr("django.core.management.execute_from_command_line", lose)
    data = folders.DataFolder(tmp_path / "data")
    hold = folders.hold(data)
    assert hold
    assert commands._beside(["work"], {}, data) == 1
    assert "`manage.py up` was stopped" in capsys.readouterr().err
    hold.announce(Holder(os.getpid(), "up", environment={"DATABASE_URL": "postgresql://"}))
    with pytest.raises(OperationalError):
        commands._beside(["work"], {}, data)
    hold.release()
