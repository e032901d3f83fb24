"""A Chromium for the browser tests: a given one, one on PATH, or, as root on Debian, an installed one."""

import os
import shutil
import subprocess
import sys

from saas.launch.console import say

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_or_install() -> str | None:
    """Its path, or None."""
    return os.environ.get("CHROMIUM_PATH") or _on_path() or _installed()


def _on_path() -> str | None:
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path and _starts(path)), None)


def _starts(path: str) -> bool:
    """False for the stub that Ubuntu puts on PATH in place of a snap."""
    return subprocess.run([path, "--version"], capture_output=True).returncode == 0


def _installed() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    say("Installing Chromium for the browser tests with apt-get.")
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            ["apt-get", "-qq", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
        )
        if done.returncode:
            return None
    return _on_path()
