"""A stranger's tool reads our description, sends all that it allows, and finds every answer as described."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plans.actions import set_override
from plans.models import OverrideKind
from saas.accounts.models import ApiKey
from saas.urls import api
from tests.conftest import Person, open_business
from tests.docs.folder import DOCS
from tests.machinery import PROJECT, web

pytestmark = pytest.mark.slow

BUSY = {"requests_per_minute": 10**6, "failed_attempts_max": 10**6, "minimum_gap_seconds": 0}

WITHOUT = ["--exclude-checks", "ignored_auth"]
"""More than 60 wrong keys a minute are 429, and a fast machine sends them; test_hostile_inputs.py sends each."""


def visitor() -> Person:
    """Open a business whose battery and keys let everything through: others test those."""
    person = open_business("enterprise", "Strangers")
    with person.acting():
        ApiKey.objects.update(requests_per_minute=10**6)
        for name, value in BUSY.items():
            set_override(kind=OverrideKind.LIMIT, key=name, value=value, reason="a test", ends_at=None, by=None)
    return person


def documented_command() -> list[str]:
    """Return the command that docs/api.md prints."""
    text = (DOCS / "api.md").read_text().replace("\\\n", " ")
    [command] = re.findall(r"^    (schemathesis .*)$", text, re.MULTILINE)
    return shlex.split(command)


@pytest.mark.timeout(400)  # half a minute on a machine with nothing else to do
def test_what_the_description_allows_is_taken() -> None:
    person = visitor()
    command = documented_command()
    place = command.index("--rate-limit")
    del command[place : place + 2]
    with web({}) as server:
        here = {"http://localhost:8000": f"http://127.0.0.1:{server.port}", "$KEY": person.api_key}
        words = [_filled(word, here) for word in command]
        words[0] = str(Path(sys.executable).parent / words[0])
        ran = subprocess.run(
            [*words, *WITHOUT, "--mode", "positive", "--seed", "1"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=390,
        )
    assert ran.returncode == 0, ran.stdout[-8_000:] + ran.stderr[-1_000:]
    [tested] = re.findall(r"Tested: (\d+)", ran.stdout)
    views: list[Any] = [pattern.callback for pattern in api]
    assert int(tested) == sum(len(view.cls.scopes) for view in views)


def _filled(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word
