"""A client that is generated from our description signs in, generates a quest and reads the ledger."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Person
from tests.docs.folder import DOCS
from tests.machinery import web

pytestmark = pytest.mark.slow

TEXT = (DOCS / "api.md").read_text()
TOOLS = Path(sys.executable).parent


def run(command: list[str], folder: Path, text: str = "") -> None:
    path = f"{TOOLS}:{os.environ['PATH']}"
    done = subprocess.run(
        command, input=text, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(300)
def test_the_document_makes_a_client_that_works(alice: Person, tmp_path: Path) -> None:
    [generate] = re.findall(r"^    (openapi-python-client generate .*)$", TEXT, re.MULTILINE)
    [program] = re.findall(r"^```\n(from uuid .*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    with web({"AI_PROVIDER": "builtin"}) as server:
        here = f"http://127.0.0.1:{server.port}"
        run(shlex.split(generate.replace("http://localhost:8000", here)), tmp_path)
        ours = program.replace("http://localhost:8000", here).replace("mp_live_...", alice.api_key)
        run([sys.executable, "-W", "error", "-"], tmp_path, ours)
    assert alice.get("/tokens/balance").json()["available"] == 197
