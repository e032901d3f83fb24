"""`manage.py up --reload` on a copy of Milepost: edits take effect without a restart, errors say where they were."""

import shutil
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.launch import servers
from saas.launch.environment import PROJECT
from tests.launch.conftest import Project, free_port
from tests.machinery import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MANAGE = """\
import sys
from saas.launch import commands
sys.exit(commands.run(sys.argv[1:]))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Project]:
    """The whole of the code, in the environment of this test run."""
    path = tmp_path / "clone"
    shutil.copytree(PROJECT, path, ignore=shutil.ignore_patterns(".*", "tests", "bench", "docs", "__pycache__"))
    (path / "manage.py").write_text(MANAGE)
    made = Project(path, free_port())
    yield made
    if (made.data.path / "servers").exists():
        shutil.rmtree(servers.home(made.data).path)


def body(project: Project, path: str) -> str:
    """Return what the page says, whatever its status; nothing while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{project.port}{path}", timeout=30) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


def shows_where_it_was(page: str) -> bool:
    """Both in one answer: the web server may start once more between two, since a file can be seen half written."""
    return "RuntimeError" in page and "saas/web/health.py" in page


def test_templates_and_code_take_effect_and_an_error_is_shown(clone: Project) -> None:
    up = clone.manage("up", "--reload", LOG_LEVEL="CRITICAL")
    try:
        until(lambda: "Milepost" in body(clone, "/plans"), seconds=600)
        page = clone.path / "templates" / "plans" / "plans.html"
        page.write_text(page.read_text().replace("{% block content %}", "{% block content %}<p>An edit.</p>"))
        until(lambda: "<p>An edit.</p>" in body(clone, "/plans"), seconds=30)
        module = clone.path / "saas" / "web" / "health.py"
        module.write_text(f"{module.read_text()}\n\ndef healthz(request):\n    raise RuntimeError('An error.')\n")
        until(lambda: shows_where_it_was(body(clone, "/healthz")), seconds=600)
    finally:
        up.send_signal(signal.SIGINT)
        _, errors = up.communicate(timeout=100)
    assert "saas/web/health.py changed: web, worker and beat start again." in errors
