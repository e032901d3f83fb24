"""Each package that the project asks for is asked for once, and has its reason in docs/architecture.md."""

import re
import tomllib

import pytest
from django.conf import settings

from tests.docs.folder import DOCS

pytestmark = pytest.mark.fast

NAME = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?")


def asked_for() -> list[str]:
    """Return the packages of pyproject.toml with their extras, without their versions."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return [found.group() for each in wanted if (found := NAME.match(each))]


def reasons() -> dict[str, str]:
    """Return what docs/architecture.md says of each package."""
    chapter = (DOCS / "architecture.md").read_text().partition("## Dependencies")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in chapter.splitlines() if line.startswith("| `")]
    return {name: reason for names, reason in rows for name in re.findall(r"`([^`]+)`", names)}


def test_a_package_is_asked_for_once() -> None:
    names = [name.partition("[")[0].lower() for name in asked_for()]
    assert len(names) > 50
    assert [name for name in names if names.count(name) > 1] == []


def test_each_package_has_its_reason_and_no_other_is_named() -> None:
    assert set(reasons()) == set(asked_for())
    assert all(reasons().values())
