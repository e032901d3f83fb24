"""What `manage.py NAME` does: the launcher's own commands, or a Django command with servers under it."""

import os
import sys
import time
from collections.abc import Mapping

from saas.launch import folder as folders
from saas.launch import servers, supervisor, workshop
from saas.launch.console import say
from saas.launch.environment import PROJECT
from saas.launch.folder import DataFolder, FolderLock, Holder
from saas.launch.processes import Signals, Stopped, in_foreground

USAGE = """\
python3 manage.py up             run Milepost: servers, database, web, worker, beat. Ctrl-C stops it
                                 --reload: while you change it; edits take effect without a restart
python3 manage.py test [ARGS]    run the tests on throw-away servers; ARGS go to pytest
                                 --fast: a minute's worth; --slow: what takes long, and nothing else
                                 --coverage: and how much of ledger, abuse, licensing and money they run
python3 manage.py lint           check style, types, layers, migrations and the settings for production
python3 manage.py bench [ARGS]   run the benchmarks on throw-away servers; `compare REV` runs a revision beside
python3 manage.py faults [ARGS]  break things under load and count what was lost; --seconds 600, --seed N
python3 manage.py COMMAND        any Django command, beside a running `up` or alone (`help` lists them)

The environment variables that it obeys are listed in .env.example."""
OWN = {
    "up": supervisor.up,
    "test": workshop.test,
    "lint": workshop.lint,
    "bench": workshop.bench,
    "faults": workshop.faults,
}
# These look at the code, not at what is in the database: they must run where `prepare` fails, too.
NEED_NO_PREPARED_DATABASE = {"check", "freeze_sql", "makemigrations", "prepare", "spectacular", "help"}
INTERRUPTED = 130


def run(arguments: list[str]) -> int:
    """The exit code."""
    name = arguments[0] if arguments else "--help"
    try:
        if name in ("--help", "-h"):
            print(USAGE)
            return 0
        if name in OWN:
            return OWN[name](arguments[1:])
        return _django_command(arguments)
    except Stopped:
        return INTERRUPTED


def _django_command(arguments: list[str]) -> int:
    """Use the servers that the environment or a running `up` gives; else run them while the command lasts."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return _inside(arguments, folders.environment(folders.chosen()))
    folder = folders.chosen()
    announced = False
    while not (hold := folders.hold(folder)):
        holder = folder.holder()
        if holder and holder.environment:
            return _beside(arguments, holder.environment | folders.environment(folder), folder)
        if holder and not announced:
            say(f"Waiting for `manage.py {holder.command}` (process {holder.pid}), which uses {folder.path}.")
            announced = True
        time.sleep(0.1)
    try:
        return _alone(arguments, folder, hold)
    finally:
        hold.release()


def _beside(arguments: list[str], environment: Mapping[str, str], folder: DataFolder) -> int:
    """Run the command on the servers of a running `up`; 1 where that stopped meanwhile."""
    from django.db.utils import InterfaceError, OperationalError

    try:
        return _inside(arguments, environment)
    except (InterfaceError, OperationalError):
        holder = folder.holder()
        if holder and holder.environment:
            raise
        say("`manage.py up` was stopped, and its database with it. Run the command again; what it committed stays.")
        return 1


def _inside(arguments: list[str], environment: Mapping[str, str]) -> int:
    os.environ.update(environment)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *arguments])
    return 0


def _alone(arguments: list[str], folder: DataFolder, hold: FolderLock) -> int:
    hold.announce(Holder(os.getpid(), arguments[0]))
    with Signals() as signals, folders.bequeathed(folder) as lock:
        plan = servers.plan(folder, servers.LASTING, folders.environment(folder))
        with servers.running(plan.services, signals, inherit=[lock]):
            if plan.prepared and not plan.prepared.exists() and arguments[0] not in NEED_NO_PREPARED_DATABASE:
                say(f"Preparing the database in {folder.path} for its first use.")
                supervisor.prepare(plan, signals)
            command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
            return in_foreground(command, plan.environment, signals)
