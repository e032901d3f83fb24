"""Habits of the house that a linter does not know."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.fast

ROOT = Path(settings.BASE_DIR)
ACTIONS = sorted(
    [
        *ROOT.glob("*/actions.py"),
        *ROOT.glob("*/*/actions.py"),
        *ROOT.glob("*/actions/*.py"),
        *ROOT.glob("*/*/actions/*.py"),
    ]
)
WRITES = {"create", "update", "delete", "save", "get_or_create", "update_or_create", "bulk_create"}
AUDITS = {"record", "appending", "_call", "together", "_move"}


def _calls(function: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func
            names.add(called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""))
    return names


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_action_that_writes_rows_records_an_event(path: Path) -> None:
    functions = {
        node.name: _calls(node) for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)
    }
    silent = [
        name
        for name, calls in functions.items()
        if not name.startswith("_") and calls & WRITES and not _audits(name, functions) and name not in EXCEPTIONS
    ]
    assert not silent


EXCEPTIONS = {
    "open_license": "part of opening an organization, which is recorded",
    "build": "draws the report that somebody asked for, which is recorded",
    "forget_files": "a file can be built again",
    "forget_person": "part of erasing a person, which is recorded",
    "forget_organization": "part of purging an organization, which is recorded",
    "forget_invitations": "the days are in docs/privacy.md; how invitations ended is recorded",
}


def _audits(name: str, functions: dict[str, set[str]]) -> bool:
    """Tell whether a function or one that it calls records an event."""
    seen, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        seen.add(current)
        if functions[current] & AUDITS:
            return True
        waiting += [called for called in functions[current] if called in functions and called not in seen]
    return False


def test_every_app_says_what_it_owns() -> None:
    ours = [
        app for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT / "") and ".venv" not in app.path
    ]
    assert len(ours) >= 10
    for app in ours:
        docstring = ast.get_docstring(ast.parse((Path(app.path) / "__init__.py").read_text()))
        assert docstring, f"{app.name} does not say what it owns"


def test_no_template_carries_inline_style_or_script() -> None:
    for page in (ROOT / "templates").rglob("*.html"):
        text = page.read_text()
        assert " style=" not in text, page
        assert "onclick=" not in text and "<script>" not in text, page


def test_nothing_names_a_package_index_or_this_workplace() -> None:
    for name in ("requirements.lock", "pyproject.toml", "README.md", ".ci/run", "docker-compose.yml"):
        text = (ROOT / name).read_text()
        assert "index-url" not in text and "pypi.org" not in text, name


def test_no_test_module_imports_a_test_module() -> None:
    """What tests share is in modules beside them: whoever imports a test module has its fixtures and marks, too."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for name in _modules(node)
        if name.rpartition(".")[2].startswith("test_") and (ROOT / f"{name.replace('.', '/')}.py").exists()
    ]
    assert not found


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return what may be a module of what is imported."""
    names = [alias.name for alias in node.names]
    return names if isinstance(node, ast.Import) else [str(node.module), *(f"{node.module}.{name}" for name in names)]
