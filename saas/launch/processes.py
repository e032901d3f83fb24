"""Services as child processes: they cannot outlive us, and nothing of them stays behind."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Self

from saas.launch.console import Refused

CHILD = Path(__file__).with_name("child.py")
REQUESTS_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Asked to stop before the start was finished."""


@dataclass(frozen=True)
class ServiceUser:
    """The user a service runs as."""

    uid: int = field(default_factory=os.geteuid)
    gid: int = field(default_factory=os.getegid)


@dataclass(frozen=True)
class Service:
    """A program that runs until it gets `farewell`; after `patience_seconds` more it is killed.

    Its output goes to the file `log`, or line by line to our stdout under its name.
    `ready(pid)` is true once it serves.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    account: ServiceUser = field(default_factory=ServiceUser)
    farewell: signal.Signals = signal.SIGTERM
    patience_seconds: float = 10
    log: Path | None = None
    ready: Callable[[int], bool] = lambda pid: True


class Signals:
    """Signals as events of the main loop: `pause` ends when one arrives, `asked` lists the requests to stop."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self._reader, self._writer = socket.socketpair()
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (*REQUESTS_TO_STOP, signal.SIGCHLD):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number in REQUESTS_TO_STOP:
            self.asked.append(number)

    def pause(self, seconds: float) -> None:
        if select.select([self._reader], [], [], seconds)[0]:
            self._reader.recv(4096)


class Process:
    """A running service. Start it in the main thread: Linux takes a thread's end for the parent's."""

    def __init__(self, service: Service, *, inherit: Iterable[int] = ()) -> None:
        self.service = service
        account = service.account
        numbers = (os.getpid(), account.uid, account.gid, int(service.farewell))
        with contextlib.ExitStack() as stack:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(CHILD), *map(str, numbers), *service.command],
                cwd=service.folder,
                env=dict(service.environment),
                stdin=subprocess.DEVNULL,
                stdout=stack.enter_context(service.log.open("ab")) if service.log else subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(inherit),
                start_new_session=True,
            )
        self._ended = False
        if self._popen.stdout:
            threading.Thread(target=self._relay, args=(self._popen.stdout,), daemon=True).start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def exit_code(self) -> int | None:
        return self._popen.poll()

    def _relay(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                with contextlib.suppress(OSError):  # nobody reads us any more; the service must not wait for that
                    print(f"{self.service.name:<8} | {line.decode(errors='replace')}", end="", flush=True)

    def ask_to_stop(self) -> None:
        self._popen.send_signal(self.service.farewell)

    def end(self) -> None:
        """Kill what is left of it, children included."""
        if self._ended:
            return
        self._ended = True
        with contextlib.suppress(ProcessLookupError, PermissionError):  # none left; macOS: only zombies left
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


def await_ready(process: Process, signals: Signals, *, seconds_max: float = 120) -> None:
    """Raises Stopped when asked to stop meanwhile, Refused when the service ended or is not ready in time."""
    deadline = time.monotonic() + seconds_max
    while not process.service.ready(process.pid):
        if signals.asked:
            raise Stopped
        if process.exit_code() is not None or time.monotonic() > deadline:
            raise Refused(f"{process.service.name} did not start. {_last_words(process.service.log)}")
        signals.pause(0.02)


def stop(processes: list[Process], signals: Signals, *, impatient: Callable[[], bool] = lambda: False) -> None:
    """Ask all to stop, wait while patience lasts and nobody is `impatient`, then kill what is left."""
    for process in processes:
        process.ask_to_stop()
    asked_at = time.monotonic()
    for process in processes:
        deadline = asked_at + process.service.patience_seconds
        while process.exit_code() is None and time.monotonic() < deadline and not impatient():
            signals.pause(0.1)
        process.end()


def in_foreground(
    command: list[str],
    environment: Mapping[str, str],
    signals: Signals,
    *,
    folder: Path | None = None,
) -> int:
    """Run a command on our own terminal, in `folder` or our own; return its exit code, as a shell would give it."""
    child = subprocess.Popen(command, env=dict(environment), cwd=folder)
    passed_on = 0
    while (code := child.poll()) is None:
        for number in signals.asked[passed_on:]:
            if number != signal.SIGINT or not sys.stdin.isatty():  # a terminal sends Ctrl-C to both of us
                child.send_signal(number)
        passed_on = len(signals.asked)
        signals.pause(1)
    return code if code >= 0 else 128 - code


def _last_words(log: Path | None) -> str:
    if not log:
        return ""
    return "\n".join([f"The end of {log}:", *log.read_text(errors="replace").splitlines()[-10:]])
