"""The plan of the house is drawn three times and held by a contract: the four are one, and no room is left out.

What docs/architecture.md names in its walks is there.
"""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

import saas

pytestmark = pytest.mark.fast

ROOT = Path(settings.BASE_DIR)
SHELVES = ("root", "staff", "rooms", "floor", "apart")
LINE = re.compile(rf"(?:{'|'.join(SHELVES)})? +(?P<layer>[a-z_.]+(?: \| [a-z_.]+)*) {{2,}}\S.*")
APART = {"saas.launch", "fake_stripe"}
"""Rooms that are on no layer; contracts of their own say who may import them."""

DRAWINGS = {
    "saas/__init__.py": saas.__doc__ or "",
    "README.md": (ROOT / "README.md").read_text(),
    "docs/architecture.md": (ROOT / "docs" / "architecture.md").read_text(),
}


def drawing(text: str) -> list[str]:
    """Return the lines of the plan in a text, without their indentation."""
    lines = [line.removeprefix("    ").rstrip() for line in text.splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("root "))
    return lines[start : lines.index("", start)]


def layers(lines: list[str]) -> list[set[str]]:
    """Return the rooms of each line, from the roof to the ground; what stands apart comes last."""
    matches = [LINE.fullmatch(line) for line in lines]
    return [set(match["layer"].split(" | ")) for match in matches if match]


PLAN = layers(drawing(DRAWINGS["saas/__init__.py"]))


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md"])
def test_the_plan_is_the_same_wherever_it_is_drawn(name: str) -> None:
    assert drawing(DRAWINGS[name]) == drawing(DRAWINGS["saas/__init__.py"])


def test_every_line_of_the_plan_names_rooms_and_says_what_is_in_them() -> None:
    lines = drawing(DRAWINGS["saas/__init__.py"])
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_the_contract_holds_the_plan() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [contract] = [each for each in contracts if each["name"] == "Ask downwards, tell downwards"]
    assert [set(layer.split(" | ")) for layer in contract["layers"]] == [each for each in PLAN if not each & APART]
    assert "ignore_imports" not in contract


def test_every_room_is_in_the_plan_and_every_room_of_the_plan_is_there() -> None:
    inside = [*(ROOT / "saas").glob("*/__init__.py"), *(ROOT / "saas").glob("*.py")]
    beside = [path for path in ROOT.glob("*/apps.py") if path.parent.name != "saas"]
    rooms = {f"saas.{path.parent.name if path.name == '__init__.py' else path.stem}" for path in inside}
    rooms = rooms - {"saas.saas"} | {path.parent.name for path in beside}
    assert set().union(*PLAN) == rooms


def test_what_the_walks_name_is_there() -> None:
    text = DRAWINGS["docs/architecture.md"]
    steps = re.findall(r"`([\w/]+\.py): (\w+)`", text)
    files = [*{file for file, _ in steps}, *re.findall(r"`(templates/[\w./]+)`", text)]
    assert len(steps) > 30, "the walks are gone, or written in another way"
    assert [file for file in files if not (ROOT / file).is_file()] == []
    assert [(file, name) for file, name in steps if name not in _defined(ROOT / file)] == []


def _defined(path: Path) -> set[str]:
    """Return the names of the functions, classes and variables of a file."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    variables = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return variables | {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
