"""`manage.py up`: the servers, the prepared database, then web, worker and beat, kept running until Ctrl-C.

The order of the start is the order of need, and the stop is its reverse: no request or task loses its database.
"""

import contextlib
import http.client
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from math import ceil
from pathlib import Path

from saas.launch import folder as folders
from saas.launch import servers
from saas.launch.code import WatchedCode
from saas.launch.console import Refused, say, step
from saas.launch.environment import PROJECT
from saas.launch.folder import DataFolder, FolderLock, Holder
from saas.launch.processes import Process, Service, ServiceUser, Signals, Stopped, await_ready, stop

WEB_WORKERS_MAX = 64
WEB_THREADS = 512  # of each worker: a thread waits while its AI call runs; see Note [Turns] in saas.kernel.turns
WORKERS = {"worker": "celery", "money worker": "money"}  # and the queue that each of them empties
WORKER_PROCESSES = 2  # of each
DRAIN_SECONDS_MAX = 60
FILES_MAX = 10_000
LOG_BYTES_MAX = 20_000_000
RESTART_SECONDS = (0.5, 30)
STEADY_SECONDS = 60
UNREADY_SECONDS = 30
LOOK_SECONDS = 1
RELOAD_SECONDS_MAX = 10  # what runs when the code changes is cut off then: every request and task can be repeated
START_SECONDS_MAX = 600
RELOAD = "MILEPOST_RELOAD"
"""Has Django read templates anew and show what went wrong; `saas.web.checks` refuses it where others come in."""
OUR_ANSWERS = ("200", "400", "500", "503")
"""What /readyz says of ours, right or wrong; another status is another program's."""
NO_HTTP = "something that is no HTTP"


def up(arguments: list[str]) -> int:
    """Run until asked to stop; 0 after a clean stop."""
    if arguments not in ([], ["--reload"]):
        raise Refused("`manage.py up` takes only --reload: PORT, DATA_DIR and others are environment variables.")
    if arguments:
        os.environ[RELOAD] = "1"
    folder = folders.chosen()
    _port()
    _web_workers(os.environ)
    _allow_many_connections()
    with Signals() as signals:
        hold = _hold(folder, signals)
        try:
            hold.announce(Holder(os.getpid(), "up", address=_address()))
            with folders.bequeathed(folder) as lock:
                _refuse_taken_port(_port())
                code = WatchedCode(PROJECT, without=folder.path) if arguments else None
                Stack(folder, hold, signals, lock, code).run()
        except Stopped:
            pass
        finally:
            hold.release()
    say("Stopped.")
    return 0


def _hold(folder: DataFolder, signals: Signals) -> FolderLock:
    announced = False
    while not (hold := folders.hold(folder)):
        holder = folder.holder()
        if holder and holder.command == "up":
            raise Refused(
                f"Milepost already runs on {folder.path}: {holder.address} (process {holder.pid}). "
                "Another one needs a DATA_DIR and a PORT of its own."
            )
        if holder and not announced:
            say(f"Waiting for `manage.py {holder.command}` (process {holder.pid}), which uses {folder.path}.")
            announced = True
        signals.pause(0.1)
        if signals.asked:
            raise Stopped
    return hold


def _allow_many_connections() -> None:
    """Each takes a file descriptor; the usual 1,024 are fewer than the requests that may wait."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, FILES_MAX), most))


def _port() -> int:
    """Return the port to listen on. Raises Refused."""
    return _whole_number("PORT", os.environ.get("PORT") or "8000", 65_535)


def _web_workers(environment: Mapping[str, str]) -> int:
    """Return how many processes answer requests. Raises Refused.

    Unless told, 2 to 8, two for three cores: Python keeps a core busy in each, and the database takes a third of what
    a quest costs (docs/performance.md).
    """
    if asked := environment.get("WEB_WORKERS"):
        return _whole_number("WEB_WORKERS", asked, WEB_WORKERS_MAX)
    return min(max(2, ceil((os.cpu_count() or 1) * 2 / 3)), 8)


def _whole_number(name: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= most):
        raise Refused(f"{name} is {value!r}: it must be a number from 1 to {most}.")
    return int(value)


def _address() -> str:
    return os.environ.get("BASE_URL") or f"http://localhost:{_port()}"


def _refuse_taken_port(port: int) -> None:
    """Asked here because the web server's workers share a port, so they would share a stranger's, too."""
    if reason := _is_taken(port):
        raise Refused(f"PORT {port} cannot be used ({reason}): choose another, such as PORT={port + 1}.")


def _is_taken(port: int) -> str:
    """Return why nobody else can listen there, or nothing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def prepare(plan: servers.ServerPlan, signals: Signals, *, inherit: Iterable[int] = ()) -> str:
    """Run `manage.py prepare` and return what it printed. Raises Refused when it fails."""
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(
            [sys.executable, str(PROJECT / "manage.py"), "prepare"],
            env=plan.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            start_new_session=True,
            pass_fds=tuple(inherit),
        )
        while child.poll() is None and not signals.asked:
            signals.pause(1)
        if signals.asked:
            child.kill()  # its transaction rolls back
            child.wait()
            raise Stopped
        output.seek(0)
        printed = output.read()
    if child.returncode:
        raise Refused(f"`manage.py prepare` failed with exit code {child.returncode}.\n{printed}")
    if plan.prepared:
        plan.prepared.touch()
    return printed


def programs(environment: Mapping[str, str], folder: DataFolder) -> list[Service]:
    """Web, the workers and beat, in the order of their start."""
    account = servers.account_of_programs(folder, int(environment["PORT"]))
    hushed = "ignore:You're running the worker with superuser privileges"
    celery = (sys.executable, "-W", hushed, "-m", "celery", "--quiet", "--app", "saas.celery")
    quietly = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle")
    worker = (*celery, "worker", *quietly, "--concurrency", str(WORKER_PROCESSES), "--queues")
    beat = (*celery, "beat", "--loglevel", "WARNING", "--pidfile", "", "--schedule", str(folder.run / "beat"))

    def service(name: str, command: tuple[str, ...], patience: float) -> Service:
        variables = {
            **environment,
            "PYTHONUNBUFFERED": "1",
            **({} if account == ServiceUser() else {"HOME": str(folder.path)}),
        }
        return Service(name, command, variables, PROJECT, account=account, patience_seconds=patience)

    workers = [
        service(name, (*worker, queue, "--hostname", f"{queue}@%h"), DRAIN_SECONDS_MAX)
        for name, queue in WORKERS.items()
    ]
    return [service("web", _web_command(environment), DRAIN_SECONDS_MAX + 5), *workers, service("beat", beat, 5)]


def _web_command(environment: Mapping[str, str]) -> tuple[str, ...]:
    options = {
        "--interface": "wsgi",
        "--http": "1",
        "--host": "127.0.0.1",
        "--port": environment["PORT"],
        "--workers": str(_web_workers(environment)),
        "--blocking-threads": str(WEB_THREADS),
        "--blocking-threads-idle-timeout": "60",
        "--backlog": "2048",
        "--backpressure": "1024",
        "--workers-kill-timeout": str(DRAIN_SECONDS_MAX),
        "--respawn-interval": "0.5",
        "--log-level": "error",
    }
    words = [word for pair in options.items() for word in pair]
    flags = ("--respawn-failed-workers", "--no-access-log", "--no-ws")
    return (sys.executable, "-m", "granian", *words, *flags, "saas.wsgi:application")


class SupervisedProcess:
    """A service that is started again whenever it ends, after a pause that doubles while it keeps failing."""

    def __init__(self, service: Service, inherit: Iterable[int]) -> None:
        self._service = service
        self._inherit = tuple(inherit)
        self._failures = 0
        self._start()

    def _start(self) -> None:
        self.process = Process(self._service, inherit=self._inherit)
        self._started_at = time.monotonic()
        self._restart_at: float | None = None
        self._cut_off_at: float | None = None  # where `restart` has asked it to stop

    @property
    def is_down(self) -> bool:
        """Whether it has ended and was not started again yet."""
        return self._restart_at is not None

    def tend(self) -> None:
        """Start it again where it has ended, and keep its log short."""
        if self._service.log:
            _shorten(self._service.log)
        if self._restart_at is None:
            if self._cut_off_at is not None and time.monotonic() >= self._cut_off_at:
                self.process.end()
            if self.process.exit_code() is not None:
                self._plan_restart()
        elif time.monotonic() >= self._restart_at:
            self._start()

    def restart(self) -> None:
        """Start it again with the code that is there now; what it does may finish first, for a while."""
        self._failures = 0
        if self.is_down:
            self._restart_at = time.monotonic()
        elif self._cut_off_at is None:
            self.process.ask_to_stop()
            self._cut_off_at = time.monotonic() + RELOAD_SECONDS_MAX

    def _plan_restart(self) -> None:
        self.process.end()
        now = time.monotonic()
        if self._cut_off_at is not None:
            self._restart_at = now
            return
        self._failures = 0 if now - self._started_at > STEADY_SECONDS else self._failures + 1
        first, longest = RESTART_SECONDS
        pause = min(first * 2 ** max(0, self._failures - 1), longest)
        self._restart_at = now + pause
        hint = f" Its log: {self._service.log}." if self._service.log else ""
        say(f"{self._service.name} ended with {self.process.exit_code()}; it starts again in {pause:g} s.{hint}")


def _shorten(log: Path) -> None:
    """Move a log of LOG_BYTES_MAX beside itself, over the one before. What is written meanwhile may be lost.

    A service appends to the file that it has, so the file stays and is emptied.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


class Stack:
    """All that `up` runs on one data folder."""

    def __init__(
        self, folder: DataFolder, hold: FolderLock, signals: Signals, lock: int, code: WatchedCode | None = None
    ) -> None:
        self._folder = folder
        self._hold = hold
        self._signals = signals
        self._lock = lock
        self._code = code
        self._looked_at = time.monotonic()
        self._servers: list[SupervisedProcess] = []
        self._programs: list[SupervisedProcess] = []

    def run(self) -> None:
        """Start all, keep all running until asked to stop, stop all."""
        try:
            self._welcome(self._start())
            while not self._signals.asked:
                self._tend()
        finally:
            self._stop()

    def _start(self) -> str:
        """What `prepare` printed."""
        with step("Making the servers' files"):
            plan = servers.plan(self._folder, servers.LASTING, folders.environment(self._folder))
        self._servers = [SupervisedProcess(service, [self._lock]) for service in plan.services]
        for service, program in zip(plan.services, self._servers, strict=True):
            with step(f"Starting {service.name}"):
                await_ready(program.process, self._signals)
        with step("Preparing the database"):
            printed = prepare(plan, self._signals, inherit=[self._lock])
        addresses = {name: plan.environment[name] for name in ("DATABASE_URL", "REDIS_URL")}
        self._hold.announce(Holder(os.getpid(), "up", _address(), addresses))
        web, *others = programs(plan.environment, self._folder)
        with step("Starting web"):
            self._programs = [SupervisedProcess(web, [self._lock])]
            self._await_web()
        # After web: each loads all of Django, and would keep the first page waiting.
        self._programs += [SupervisedProcess(each, [self._lock]) for each in others]
        return printed

    def _await_web(self) -> None:
        printed_at = time.monotonic()
        asked_at = time.monotonic()
        while (answer := _readiness(_port())) != "200":
            if self._signals.asked:
                raise Stopped
            if time.monotonic() - printed_at > UNREADY_SECONDS:
                say(f"Not ready yet: /readyz says {answer}.")
                printed_at = time.monotonic()
            self._refuse_lost_port(answer)
            if time.monotonic() - asked_at > START_SECONDS_MAX:
                raise Refused(
                    f"Not ready after {START_SECONDS_MAX} s: /readyz says {answer}. The lines above say more."
                )
            self._tend()

    def _refuse_lost_port(self, answer: str) -> None:
        """End where a program has taken the port since we looked: our web server will never get it."""
        is_strange = answer not in OUR_ANSWERS and answer.isdigit()
        if is_strange or answer == NO_HTTP or (self._programs[0].is_down and _is_taken(_port())):
            raise Refused(f"PORT {_port()} was taken by another program: choose another, such as PORT={_port() + 1}.")

    def _tend(self) -> None:
        if self._code and time.monotonic() - self._looked_at > LOOK_SECONDS:
            self._looked_at = time.monotonic()
            if changed := self._code.changed():
                self._reload(changed)
        for program in (*self._servers, *self._programs):
            program.tend()
        self._signals.pause(0.2)

    def _reload(self, changed: list[str]) -> None:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        say(f"{changed[0]}{more} changed: web, worker and beat start again.")
        for program in self._programs:
            program.restart()

    def _welcome(self, printed: str) -> None:
        seconds = time.time() - float(os.environ.get("MILEPOST_STARTED_AT") or time.time())
        line = f"Milepost runs at {_address()} (ready after {seconds:.1f} s; Ctrl-C stops it)"
        print(f"\n{line}\n{'-' * len(line)}\n{printed}", flush=True)

    def _stop(self) -> None:
        # From here on commands wait for the end instead of using servers that go away.
        self._hold.announce(Holder(os.getpid(), "up", _address()))
        if self._programs:
            say("Stopping: requests and tasks may finish; Ctrl-C again to cut them off.")
            processes = [program.process for program in self._programs]
            workers = [process for process in processes if process.service.name in WORKERS]
            already = len(self._signals.asked)

            def impatient() -> bool:
                return len(self._signals.asked) > already

            senders = [process for process in processes if process not in workers]
            stop(senders, self._signals, impatient=impatient)
            stop(workers, self._signals, impatient=impatient)
        stop([program.process for program in reversed(self._servers)], self._signals)


def _allowed_host() -> str:
    """A name that Django answers to."""
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    return first if first not in ("", "*") else "localhost"


def _readiness(port: int) -> str:
    """The status of /readyz, or why there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": _allowed_host()})
        return str(connection.getresponse().status)
    except OSError as error:
        return error.strerror or str(error)
    except http.client.HTTPException:
        return NO_HTTP
    finally:
        connection.close()
