"""The data folder: what is in it, and the one process that may run servers on it.

Note [Two locks]. Locks are flocks: the kernel drops them when the process ends, however it ends, so there is
no stale lock and no trust in process ids. `run/holder.lock` belongs to the one launcher that runs servers here.
`run/servers.lock` is inherited by every service: after a kill -9 of the launcher it is free only when the last
orphan is gone, and only then may new servers touch the files.
"""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from saas.launch.console import Refused, say
from saas.launch.environment import PROJECT

ORPHANS_SECONDS = (1, 10)  # patience before saying so, and then before killing them


@dataclass(frozen=True)
class Holder:
    """The process that holds the data folder. `environment` has the addresses of its servers; None until they serve."""

    pid: int
    command: str
    address: str = ""
    environment: dict[str, str] | None = None


@dataclass(frozen=True)
class DataFolder:
    """All that Milepost keeps on this machine."""

    path: Path

    @property
    def run(self) -> Path:
        """Locks and the holder's card: nothing here is worth keeping."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "log"

    def make(self) -> None:
        """Make it unless it is there. Raises Refused where that cannot be, or nothing can be written to it."""
        try:
            self.run.mkdir(parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)
            os.close(os.open(self.run / "holder.lock", os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise Refused(
                f"DATA_DIR {self.path} cannot be used ({error.strerror}): choose a folder that can be written."
            ) from error

    def secret_key(self) -> str:
        """The installation's own secret, made at the first call."""
        path = self.path / "secret_key"
        if not path.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            _write_privately(path, secrets.token_urlsafe(64))
        return path.read_text()

    def holder(self) -> Holder | None:
        """Meaningful while `hold` is refused: the card of a holder that died is removed by the next one."""
        try:
            return Holder(**json.loads((self.run / "holder.json").read_text()))
        except FileNotFoundError:
            return None


def chosen() -> DataFolder:
    return DataFolder(Path(os.environ.get("DATA_DIR") or PROJECT / ".data").absolute())


def environment(folder: DataFolder) -> dict[str, str]:
    """The environment of every process of this installation, with defaults filled in and without the servers."""
    return {
        **os.environ,
        "DATA_DIR": str(folder.path),
        # In production it is given, or nothing starts: each machine would make another one.
        "SECRET_KEY": os.environ.get("SECRET_KEY") or ("" if is_production() else folder.secret_key()),
        "PORT": os.environ.get("PORT") or "8000",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE") or "saas.settings",
    }


def is_production() -> bool:
    return os.environ.get("APP_ENV") == "production"


class FolderLock:
    """The right to run servers on a data folder, from `hold` to `release`."""

    def __init__(self, folder: DataFolder, lock: int) -> None:
        self.folder = folder
        self._lock = lock
        self._card = folder.run / "holder.json"
        self._card.unlink(missing_ok=True)

    def announce(self, holder: Holder) -> None:
        _write_privately(self._card, json.dumps(asdict(holder)))

    def release(self) -> None:
        self._card.unlink(missing_ok=True)
        os.close(self._lock)


def hold(folder: DataFolder) -> FolderLock | None:
    """Return None while another process holds the folder. Raises Refused."""
    folder.make()
    lock = os.open(folder.run / "holder.lock", os.O_RDWR | os.O_CREAT, 0o600)
    if _locked(lock):
        return FolderLock(folder, lock)
    os.close(lock)
    return None


@contextlib.contextmanager
def bequeathed(folder: DataFolder) -> Iterator[int]:
    """The lock every service inherits; waits for the services of a killed launcher. See Note [Two locks]."""
    path = folder.run / "servers.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _outwait_orphans(lock, path)
        yield lock
    finally:
        os.close(lock)


def _outwait_orphans(lock: int, path: Path) -> None:
    """Wait for orphans of a killed launcher: the kernel signals them, but not the children of a killed service."""
    if _locked_within(ORPHANS_SECONDS[0], lock):
        return
    say("Waiting for the processes of an interrupted run to finish.")
    if _locked_within(ORPHANS_SECONDS[1], lock):
        return
    for pid in _processes_with(path):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if not _locked_within(ORPHANS_SECONDS[1], lock):
        raise Refused(f"Processes of an interrupted run hold {path} (`lsof {path}` lists them): stop them.")


def _locked_within(seconds: float, lock: int) -> bool:
    deadline = time.monotonic() + seconds
    while not (locked := _locked(lock)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return locked


def _processes_with(path: Path) -> list[int]:
    """The other processes that have the file open; on Linux only."""
    found = set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if descriptor.readlink() == path.resolve():
                found.add(int(descriptor.parts[2]))
    return sorted(found - {os.getpid()})


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_privately(path: Path, text: str) -> None:
    """Whole or not at all, and for the owner's eyes only."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
