"""A real streaming replica of the tests' own server."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGSTOP
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.machinery import until

PRIMARY = (
    "SELECT pg_current_wal_insert_lsn()::text, current_setting('max_connections'),"
    " (SELECT setting FROM pg_config WHERE name = 'BINDIR')"
)


@dataclass
class Standby:
    """A replica that can be held back, stopped, and made impatient."""

    folder: Path
    programs: Path
    account: dict[str, Any]
    max_connections: str
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        """Return what REPORTS_DATABASE_URL would be."""
        return f"postgresql:///?host={quote(str(self.folder), safe='')}"

    def superuser(self) -> psycopg.Connection:
        """Return a connection that no policy binds."""
        name = settings.DATABASES["default"]["NAME"]
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=name, autocommit=True)

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = {
            "listen_addresses": "", "port": "5432", "unix_socket_directories": str(self.folder),
            "max_connections": self.max_connections, "shared_buffers": "32MB", "fsync": "off", "timezone": "UTC",
        }  # fmt: skip
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *words]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **self.account)
        until(self._answers)

    def stop(self) -> None:
        """End it as an operator would."""
        if self.process is not None:
            self.process.send_signal(SIGINT)
            self.process.wait()
            self.process = None

    def catch_up(self) -> None:
        """Wait until everything that was committed is replayed."""
        with psycopg.connect(make_conninfo(settings.DATABASE_URL, dbname="postgres"), autocommit=True) as primary:
            [wanted, *_] = primary.execute(PRIMARY).fetchone() or ()
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as server:
            replayed = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
            until(lambda: server.execute(replayed, [wanted]).fetchone() == (True,))

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let nothing be replayed inside."""
        self.catch_up()
        with self.superuser() as server:
            server.execute("SELECT pg_wal_replay_pause()")
            until(lambda: server.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",))
            try:
                yield
            finally:
                server.execute("SELECT pg_wal_replay_resume()")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Have it away inside."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Have it take connections and answer nothing inside."""
        assert self.process is not None
        self.process.send_signal(SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(SIGCONT)

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Have it cancel at once, inside, what stands in the way of replaying."""
        with self.superuser() as server:
            server.execute("ALTER SYSTEM SET max_standby_streaming_delay = '50ms'")
            server.execute("SELECT pg_reload_conf()")
            until(lambda: server.execute("SHOW max_standby_streaming_delay").fetchone() == ("50ms",))
            try:
                yield
            finally:
                server.execute("ALTER SYSTEM RESET max_standby_streaming_delay")
                server.execute("SELECT pg_reload_conf()")

    def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
        try:
            psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def standby() -> Iterator[Standby]:
    """Copy the server by pg_basebackup and run a replica that follows it."""
    known = conninfo_to_dict(settings.DATABASE_URL)
    with psycopg.connect(make_conninfo(settings.DATABASE_URL, dbname="postgres"), autocommit=True) as primary:
        _, max_connections, programs = primary.execute(PRIMARY).fetchone() or ()
    owner = Path(str(known["host"])).stat()
    theirs: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    account = theirs if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="replica"))  # short: it has a socket
    os.chown(folder, owner.st_uid, owner.st_gid)
    server = Standby(folder, Path(programs), account, max_connections)
    source = make_conninfo(host=str(known["host"]), port=str(known.get("port", "5432")), user=str(known["user"]))
    try:
        subprocess.run(
            [str(server.programs / "pg_basebackup"), "--dbname", source, "--pgdata", str(folder / "data"),
             "--wal-method", "stream", "--checkpoint", "fast", "--write-recovery-conf", "--no-sync"],
            check=True, capture_output=True, cwd="/", **account,
        )  # fmt: skip
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
