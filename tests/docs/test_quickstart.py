"""What the documents tell integrators to type works, word by word, against a real server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from saas.kernel.errors import DomainError
from saas.web.rooms import error_codes
from tests.conftest import Person, open_business
from tests.docs.folder import DOCS
from tests.machinery import Web, web


def blocks(language: str) -> str:
    """Return all blocks of the quickstart in one language, but for the one with the reader's own key."""
    found = re.findall(rf"^```{language}\n(.*?)^```", (DOCS / "quickstart.md").read_text(), re.DOTALL | re.MULTILINE)
    return "\n".join(block for block in found if "mp_live_..." not in block)


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with web({"AI_PROVIDER": "builtin"}) as running:
        yield running


def run(command: list[str], text: str, server: Web, person: Person) -> None:
    environment = {**os.environ, "API": f"http://127.0.0.1:{server.port}/api/v1", "KEY": person.api_key}
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_commands_of_the_quickstart_work(server: Web) -> None:
    alice = open_business()
    run(["bash", "-eu", "-o", "pipefail"], blocks("sh"), server, alice)
    assert alice.get("/tokens/balance").json()["available"] == 197


def test_the_program_of_the_quickstart_works(server: Web) -> None:
    alice = open_business()
    run([sys.executable, "-W", "error", "-"], blocks("python"), server, alice)
    assert alice.get("/tokens/balance").json()["available"] == 196


def test_every_code_that_the_api_can_answer_is_explained() -> None:
    def below(error: type[DomainError]) -> Iterator[type[DomainError]]:
        for each in error.__subclasses__():
            yield each
            yield from below(each)

    explained = set(re.findall(r"`(\w+)`", (DOCS / "errors.md").read_text()))
    codes = {each.code for each in below(DomainError) if "code" in vars(each)}
    assert codes - explained - FOR_OTHERS == set()
    assert codes - FOR_OTHERS == {each.code for each in error_codes()}, "see saas.web.rooms"


FOR_OTHERS = {"webhook_refused", "webhook_too_large", "wrong_amount", "unknown_plan", "use_refused", "below_target"}
"""What only Stripe's events, its answers to jobs, and staff meet."""
