"""The project's own Python environment, .venv: made when missing, and again when what it is made from has changed.

It is exactly requirements.lock, which runs Milepost. The first `test`, `lint` or `faults` brings it to
requirements-dev.lock, which adds the tools to the same versions; what runs from it meanwhile goes on. This module runs
on the bare interpreter. Which package index is used is up to the machine's pip and uv, never to us.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saas.launch.console import Refused, say, step

PROJECT = Path(__file__).resolve().parents[2]
LOCK_FILE = PROJECT / "requirements.lock"
TOOLS_LOCK_FILE = PROJECT / "requirements-dev.lock"
NEED_TOOLS = {"test", "lint", "faults"}
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "milepost.stamp"
UV = "uv==0.13.9"

# uv reads no pip configuration: it gets the machine's certificates, and pip's index where pip has another one.
UV_DEFAULTS = {"UV_SYSTEM_CERTS": "1"}

# A user's pip may be told to refuse work outside an environment, or to install for the user only.
PIP_ANYWHERE = {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore"}


def enter() -> None:
    """Return inside the environment, made first if need be; from outside, become a process inside."""
    os.environ.setdefault("MILEPOST_STARTED_AT", str(time.time()))
    lock_file = TOOLS_LOCK_FILE if NEED_TOOLS.intersection(sys.argv[1:2]) else LOCK_FILE
    inside = Path(sys.prefix).resolve() == VENV
    if inside and is_current(lock_file):
        return
    if inside:
        _become(sys._base_executable)  # type: ignore[attr-defined]  # an environment cannot remake itself
    ensure(lock_file)
    _become(str(PYTHON))


def ensure(lock_file: Path) -> None:
    """Make the environment unless it is current. Safe when several processes do this at once."""
    if is_current(lock_file):
        return
    with _alone():
        if not is_current(lock_file):
            _make(lock_file)


def is_current(lock_file: Path) -> bool:
    """Return True if the environment has what the file locks; with the tools it has that without them."""
    made_from = STAMP.read_text() if PYTHON.exists() and STAMP.is_file() else None
    # An image for production need not have the tools' file.
    return made_from in {_fingerprint(each) for each in (lock_file, TOOLS_LOCK_FILE) if each.exists()}


def _fingerprint(lock_file: Path) -> str:
    """Return what changes when the environment must: with the tools, when either file does."""
    parts = [part for path in sorted({LOCK_FILE, lock_file}) for part in (path.name.encode(), path.read_bytes())]
    return hashlib.sha256(b"\n".join([*parts, sys.version.encode()])).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    with LOCK_FILE.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another process that is making .venv.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(lock_file: Path) -> None:
    """Try uv, then pip, from nothing each time. The stamp comes last: what was interrupted is made again.

    Only tools are added in place: their lock has the same versions of all else, so nothing is taken from who runs.
    """
    add = is_current(LOCK_FILE)
    STAMP.unlink(missing_ok=True)
    for tool, recipe in (("uv", _with_uv), ("pip", _with_pip)):
        try:
            with step(f"Making .venv from {lock_file.name} with {tool}"):
                recipe(lock_file, add)
        except (OSError, subprocess.CalledProcessError) as error:
            say(f"That did not work: {error}")
            add = False
        else:
            STAMP.write_text(_fingerprint(lock_file))
            return
    raise Refused(
        f"Neither uv nor pip could install {lock_file.name}; the reasons are above. "
        f"`{sys.executable} -m pip` must work (Debian: apt-get install python3-pip) and reach an index."
    )


def _with_uv(lock_file: Path, add: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="milepost-uv-") as folder:
        for name, value in {**UV_DEFAULTS, **_index_of_pip()}.items():
            os.environ.setdefault(name, value)
        uv = shutil.which("uv") or _fetch_uv(folder)
        if not add:
            _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV))
        _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(lock_file))


def _index_of_pip() -> dict[str, str]:
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    )
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    return {"UV_DEFAULT_INDEX": index} if index else {}


def _fetch_uv(folder: str) -> str:
    _run(sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, UV)
    return f"{folder}/bin/uv"


def _with_pip(lock_file: Path, add: bool) -> None:
    """The slow way. Needs pip beside this interpreter, or else ensurepip."""
    clear = () if add else ("--clear",)
    if importlib.util.find_spec("pip"):
        _run(sys.executable, "-m", "venv", *clear, "--without-pip", str(VENV))
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    else:
        _run(sys.executable, "-m", "venv", *clear, str(VENV))
        pip = [str(PYTHON), "-m", "pip"]
    _run(*pip, "install", "--quiet", "--require-hashes", "--requirement", str(lock_file))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=os.environ | PIP_ANYWHERE)


def _become(python: str) -> None:
    for name in ("PYTHONHOME", "__PYVENV_LAUNCHER__"):  # either would lead the new interpreter out of .venv again
        os.environ.pop(name, None)
    os.execv(python, [python, *sys.orig_argv[1:]])


if __name__ == "__main__":
    ensure(LOCK_FILE)
