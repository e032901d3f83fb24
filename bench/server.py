"""The web server that is measured, started as `manage.py up` starts it."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from saas.launch.environment import PROJECT
from saas.launch.folder import DataFolder
from saas.launch.supervisor import programs

READY_SECONDS_MAX = 300


@dataclass(frozen=True)
class WebServer:
    """One that runs: where, and its first process."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def web(changes: dict[str, str]) -> Iterator[WebServer]:
    """Run the web server on a free port and with these variables beside the others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), **changes}
    folder = DataFolder(Path(os.environ.get("DATA_DIR", ".")))
    process = subprocess.Popen(programs(environment, folder)[0].command, env=environment, cwd=PROJECT)
    try:
        _await_ready(port)
        yield WebServer(port, process.pid)
    finally:
        process.terminate()
        process.wait(READY_SECONDS_MAX)


def _await_ready(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError("the web server did not become ready")
