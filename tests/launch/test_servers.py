"""PostgreSQL and Redis of the launcher: what was acknowledged survives, whatever is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from saas.launch import folder as folders
from saas.launch import servers, supervisor
from saas.launch.folder import DataFolder
from saas.launch.processes import Service, ServiceUser, Signals
from tests.launch.conftest import Project
from tests.machinery import until

LAUNCHER = """
import sys, time
from pathlib import Path
from saas.launch import folder, servers
from saas.launch.processes import Signals
data = folder.DataFolder(Path(sys.argv[1]))
hold = folder.hold(data)
with Signals() as signals, folder.bequeathed(data) as lock:
    plan = servers.plan(data, servers.LASTING, {})
    with servers.running(plan.services, signals, inherit=[lock]):
        print("ready", flush=True)
        time.sleep(60)
"""


def use(data: DataFolder, statement: str) -> list[tuple[int]]:
    """Run a statement, and count on Redis, on the servers of the data folder."""
    where = servers.home(data)
    url = where.database_url().replace("/milepost?", "/postgres?")
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    with redis.Redis.from_url(where.redis_url()) as store:
        count: int = store.incr("uses")
    return [*rows, (count,)]


def test_a_killed_launcher_loses_nothing_and_leaves_nothing(project: Project) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(project.data.path)], cwd=project.path, stdout=subprocess.PIPE
    )
    assert killed.stdout
    assert killed.stdout.readline() == b"ready\n"
    use(project.data, "CREATE TABLE fact AS SELECT 42 AS n")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (servers.home(project.data).path / "postgres" / "postmaster.pid").write_text("1\nstale\n")

    hold = folders.hold(project.data)
    assert hold
    with Signals() as signals, folders.bequeathed(project.data) as lock:
        plan = servers.plan(project.data, servers.LASTING, {"PGPORT": "1"})
        assert "PGPORT" not in plan.environment
        with servers.running(plan.services, signals, inherit=[lock]):
            assert use(project.data, "SELECT n FROM fact") == [(42,), (2,)]
            assert use(project.data, "SELECT 1 WHERE current_setting('fsync') = 'on'") == [(1,), (3,)]
    hold.release()


def test_sockets_have_short_names(tmp_path: Path) -> None:
    deep = servers.Home(tmp_path / ("x" * 100), ServiceUser(), tmp_path)
    assert len(str(deep.sockets / servers.POSTGRES_SOCKET)) < servers.SOCKET_PATH_BYTES_MAX
    assert servers.Home(Path("/srv"), ServiceUser(), tmp_path).sockets == Path("/srv/sockets")


def test_given_servers_are_not_started(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://elsewhere/milepost", "REDIS_URL": "redis://elsewhere", "PGPORT": "1"}
    assert servers.plan(DataFolder(tmp_path), servers.LASTING, given) == servers.ServerPlan([], given, None)


def test_a_secret_key_is_made_once_and_kept_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    data = DataFolder(tmp_path / "data")
    key = folders.environment(data)["SECRET_KEY"]
    assert len(key) > 60
    assert folders.environment(data)["SECRET_KEY"] == key
    assert (data.path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_servers_log_is_bounded_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D9: what appends to it goes on."""
    monkeypatch.setattr(supervisor, "LOG_BYTES_MAX", 1_000)
    talk = "import time\nwhile True: print('x' * 99, flush=True); time.sleep(0.001)"
    log = tmp_path / "talker.log"
    kept = supervisor.SupervisedProcess(
        Service("talker", (sys.executable, "-c", talk), os.environ, tmp_path, log=log), ()
    )
    try:
        old = log.with_suffix(".log.1")

        def has_moved() -> bool:
            kept.tend()
            return old.exists() and log.stat().st_size > 0

        until(has_moved)
        assert old.stat().st_size > 1_000
        assert set(log.read_text()) <= {"x", "\n"}
    finally:
        kept.process.end()
