"""Words that the code has retired: what to say instead is in the table."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.fast

ROOT = Path(settings.BASE_DIR)
FOLDERS = (
    "abuse",
    "audit",
    "bench",
    "fake_stripe",
    "licensing",
    "marketplace",
    "plans",
    "quests",
    "saas",
    "tests",
    "tokens",
)
RETIRED = {
    "appending": "record_statement",
    "claiming": "claim_statement",
    "completing": "complete_statement",
    "deed": "action",
    "deeds": "actions",
    "dice": "stable hash",
    "facts": "snapshot, inputs, details or context",
    "givenback": "refunded",
    "happening": "scheduled change",
    "happenings": "scheduled changes",
    "lanes": "workers",
    "news": "notification, pending transitions or event",
    "paper": "PDF or report",
    "prospect": "forecast",
    "stamp": "tenant prefix",
    "stranger": "visitor",
    "strangers": "visitors",
    "tell": "report, notify or record",
    "tells": "reports, notifies or records",
    "told": "recorded, reported, notified or payload",
    "unhurried": "without a minimum gap",
    "untold": "pending",
    "ways": "next steps",
    "wish": "data, change or intent",
    "wished": "requested",
    "wishes": "data or changes",
}
"""Each word with what to say instead."""

CONVENTIONAL = {
    "Command": "Django finds a management command by this name",
    "Meta": "Django and its libraries read the options of the class around it",
}
"""Class names that a framework asks for, and why."""


def test_no_name_has_a_retired_word() -> None:
    """Old migrations keep their names, and those of tests are sentences."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}: not {word!r}, but {RETIRED[word]}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for name, line in _names(path.stem, path.read_text())
        for word in sorted(RETIRED.keys() & set(_words(name)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["class NewFacts: ...", "def _facts_of(): ...", "def f(*, facts=1): ...", "lambda facts: 1"]
)
def test_a_retired_word_is_found(text: str) -> None:
    assert any("facts" in _words(name) for name, _ in _names("module", text))


def test_words_are_whole() -> None:
    assert _words("HTTPFactsV2_of_artefacts") == ["http", "facts", "v", "2", "of", "artefacts"]


def test_a_class_name_stands_once() -> None:
    """One name for one thing, or a reader follows it into the wrong module."""
    found: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if folder not in ("bench", "tests") and "migrations" not in path.parts:
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.ClassDef) and node.name not in CONVENTIONAL:
                        found.setdefault(node.name, []).append(f"{path.relative_to(ROOT)}:{node.lineno}")
    twice = [f"{name}: {', '.join(places)}" for name, places in found.items() if len(places) > 1]
    assert not twice, "say in each name what it is of:\n" + "\n".join(twice)


def _names(module: str, text: str) -> Iterator[tuple[str, int]]:
    """Return the names that a module defines, with their lines."""
    yield module, 1
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if not name.startswith("test_"):
                    yield name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case: the parts of snake_case and of CamelCase."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
