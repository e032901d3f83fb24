"""A project of its own for the launcher: real servers, granian and Celery, but no Django and no Milepost."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from saas.launch import servers
from saas.launch.environment import PROJECT
from saas.launch.folder import DataFolder

MANAGE = """
    import os, subprocess, sys, time
    if sys.argv[1:] == ["prepare"]:
        if os.environ.get("SOMEBODY_TAKES_THE_PORT"):
            stranger = [sys.executable, "-m", "http.server", os.environ["PORT"], "--bind", "127.0.0.1"]
            taken = subprocess.Popen(stranger, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            open("stranger", "w").write(str(taken.pid))
            time.sleep(1)
        print("alice / secret")
    elif "DATABASE_URL" in os.environ and sys.argv[1] == "work":
        time.sleep(1)
        print(os.environ["DATABASE_URL"])
        sys.exit(3)
    else:
        from saas.launch import commands
        sys.exit(commands.run(sys.argv[1:]))
"""
WSGI = """
    import os, time
    def application(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            open("slow", "w").close()
            time.sleep(2)
        start_response("200 OK", [("Content-Type", "text/plain")])
        if environ["PATH_INFO"] == "/uid":
            return [str(os.getuid()).encode()]
        return [str(os.getpgrp()).encode()]
"""
CELERY = """
    import os
    from celery import Celery
    broker = os.environ["REDIS_URL"].replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    app = Celery("stand-in", broker=broker, broker_connection_retry_on_startup=True)
"""


@dataclass(frozen=True)
class Project:
    """A copy of the launcher, at work on a data folder of its own."""

    path: Path
    port: int
    python: str = sys.executable

    @property
    def data(self) -> DataFolder:
        return DataFolder(self.path / "data")

    def manage(self, *arguments: str, **also: str) -> subprocess.Popen[str]:
        """Start `manage.py`, told nothing of this test run's own servers."""
        ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PYTHONWARNINGS")
        inherited = {name: value for name, value in os.environ.items() if name not in ours}
        return subprocess.Popen(
            [self.python, "manage.py", *arguments],
            cwd=self.path,
            env={**inherited, "DATA_DIR": str(self.data.path), "PORT": str(self.port), **also},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    yield from _project(tmp_path, sys.executable)


@pytest.fixture
def readable_project() -> Iterator[Project]:
    """One that other accounts can reach, its Python included: what root needs to hand programs over."""
    python = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/local/bin:/usr/bin")
    if os.geteuid() != 0 or python is None:
        pytest.skip("Only root hands programs over, and needs a Python outside of its home.")
    with tempfile.TemporaryDirectory(prefix="milepost-test-") as folder:
        Path(folder).chmod(0o755)
        yield from _project(Path(folder), python)


def _project(path: Path, python: str) -> Iterator[Project]:
    shutil.copytree(PROJECT / "saas" / "launch", path / "saas" / "launch")
    for name, text in {"manage.py": MANAGE, "saas/wsgi.py": WSGI, "saas/celery.py": CELERY}.items():
        (path / name).write_text(textwrap.dedent(text))
    (path / "saas" / "__init__.py").touch()
    made = Project(path, free_port(), python)
    yield made
    if (made.data.path / "servers").exists():
        shutil.rmtree(servers.home(made.data).path)


@pytest.fixture(autouse=True)
def db() -> None:
    """Nothing here uses the database of the test run."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
