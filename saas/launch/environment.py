"""The project's own Python environment, .venv: exactly requirements.lock, made when missing or another one's.

Runs on the bare interpreter. Which package index is used is up to the machine's pip and uv, never to us.
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
    inside = Path(sys.prefix).resolve() == VENV
    if is_current() and inside:
        return
    if inside:
        _become(sys._base_executable)  # type: ignore[attr-defined]  # an environment cannot remake itself
    ensure()
    _become(str(PYTHON))


def ensure() -> None:
    """Make the environment unless it is current. Safe when several processes do this at once."""
    if is_current():
        return
    with _alone():
        if not is_current():
            _make()


def is_current() -> bool:
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == _fingerprint()


def _fingerprint() -> str:
    return hashlib.sha256(LOCK_FILE.read_bytes() + sys.version.encode()).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    with LOCK_FILE.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another process that is making .venv.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make() -> None:
    """Try uv, then pip, from nothing each time. The stamp comes last: what was interrupted is made again."""
    STAMP.unlink(missing_ok=True)
    for tool, recipe in (("uv", _with_uv), ("pip", _with_pip)):
        try:
            with step(f"Making .venv from requirements.lock with {tool}"):
                recipe()
        except (OSError, subprocess.CalledProcessError) as error:
            say(f"That did not work: {error}")
        else:
            STAMP.write_text(_fingerprint())
            return
    raise Refused(
        "Neither uv nor pip could install requirements.lock; the reasons are above. "
        f"`{sys.executable} -m pip` must work (Debian: apt-get install python3-pip) and reach an index."
    )


def _with_uv() -> None:
    with tempfile.TemporaryDirectory(prefix="milepost-uv-") as folder:
        for name, value in {**UV_DEFAULTS, **_index_of_pip()}.items():
            os.environ.setdefault(name, value)
        uv = shutil.which("uv") or _fetch_uv(folder)
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV))
        _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(LOCK_FILE))


def _index_of_pip() -> dict[str, str]:
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    )
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    return {"UV_DEFAULT_INDEX": index} if index else {}


def _fetch_uv(folder: str) -> str:
    _run(sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, UV)
    return f"{folder}/bin/uv"


def _with_pip() -> None:
    """The slow way. Needs pip beside this interpreter, or else ensurepip."""
    if importlib.util.find_spec("pip"):
        _run(sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV))
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    else:
        _run(sys.executable, "-m", "venv", "--clear", str(VENV))
        pip = [str(PYTHON), "-m", "pip"]
    _run(*pip, "install", "--quiet", "--require-hashes", "--requirement", str(LOCK_FILE))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=os.environ | PIP_ANYWHERE)


def _become(python: str) -> None:
    for name in ("PYTHONHOME", "__PYVENV_LAUNCHER__"):  # either would lead the new interpreter out of .venv again
        os.environ.pop(name, None)
    os.execv(python, [python, *sys.orig_argv[1:]])


if __name__ == "__main__":
    ensure()
