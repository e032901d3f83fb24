"""Habits of the house that a linter does not know."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.fast

ROOT = Path(settings.BASE_DIR)

LINES_MAX, FUNCTION_LINES_MAX, TEMPLATE_LINE_MAX = 400, 70, 140
"""Lines of a file and of a function, characters of a line in a template."""

LONGER = ("settings.py",)
"""The one longer file: people look for settings in one place."""


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


def test_lines_of_templates_are_short_enough_to_read() -> None:
    found = [
        f"{page.relative_to(ROOT)}:{number}"
        for page in (ROOT / "templates").rglob("*.html")
        for number, line in enumerate(page.read_text().splitlines(), 1)
        if len(line) > TEMPLATE_LINE_MAX
    ]
    assert found == []


def _files(*suffixes: str) -> list[Path]:
    """Return the files of the code with these suffixes, tests and migrations left out."""
    folders = [
        folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name[0] != "." and folder.name != "tests"
    ]
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in suffixes and "migrations" not in path.parts
    ]


def test_files_are_short_enough_to_read() -> None:
    files = _files(".py", ".html", ".css", ".js", ".sql", ".lua")
    assert len(files) > 500
    long = [path for path in files if len(path.read_text().splitlines()) > LINES_MAX]
    assert [str(path.relative_to(ROOT)) for path in long if not str(path).endswith(LONGER)] == []


def test_functions_are_short_enough_to_read() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _files(".py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert found == []


def test_nothing_names_a_package_index_or_this_workplace() -> None:
    for name in (
        "requirements.lock",
        "requirements-dev.lock",
        "pyproject.toml",
        "README.md",
        ".ci/run",
        "docker-compose.yml",
    ):
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
        if name.startswith("tests.") and name.rpartition(".")[2].startswith("test_")
        if (ROOT / f"{name.replace('.', '/')}.py").exists()
    ]
    assert not found


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return what may be a module of what is imported."""
    names = [alias.name for alias in node.names]
    return names if isinstance(node, ast.Import) else [str(node.module), *(f"{node.module}.{name}" for name in names)]


ROOMS_MODULES = ("actions", "queries", "presentation")
"""What many rooms have: elsewhere such a module is known by an alias."""


def test_a_module_has_one_alias_and_an_alias_one_module() -> None:
    aliases: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        place = path.relative_to(ROOT)
        if place.parts[0].startswith(".") or "migrations" in place.parts:
            continue
        for module, name in _rooms_modules(ast.parse(path.read_text())):
            if not (name in ROOMS_MODULES and _is_at_home(place, module)):
                aliases.setdefault(module, set()).add(name)
    assert len(aliases) > 15
    assert {module: names for module, names in aliases.items() if len(names) > 1} == {}
    names = [name for of_module in aliases.values() for name in of_module]
    assert sorted(name for name in set(names) if names.count(name) > 1 or name in ROOMS_MODULES) == []
    assert "tokens" not in names, "the word for the number"


def _rooms_modules(tree: ast.Module) -> list[tuple[str, str]]:
    """Return the rooms' modules that are imported as such, and the name each gets."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [
        (f"{node.module}.{alias.name}", alias.asname or alias.name)
        for node in imports
        for alias in node.names
        if alias.name in ROOMS_MODULES
    ]


def _is_at_home(place: Path, module: str) -> bool:
    """Return True for a file of the module's own room, and for the tests of that room."""
    room = module.split(".")[:-1]
    return list(place.parts[: len(room)]) == room or (place.parts[0] == "tests" and place.parts[1] in room)


def test_two_forms_of_a_verb_have_the_same_parameters() -> None:
    """One runs, the other returns a query or a statement for a batch."""
    pairs = []
    for path in ROOT.rglob("actions.py"):
        if ".venv" in path.parts:
            continue
        functions = {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}
        for name, function in functions.items():
            verb = functions.get(name.removesuffix("_query").removesuffix("_statement"))
            if verb is not None and verb is not function:
                pairs.append((f"{path.parent.name}.{name}", ast.dump(verb.args) == ast.dump(function.args)))
    assert len(pairs) >= 4
    assert [name for name, same in pairs if not same] == []


def test_a_number_of_tokens_is_called_tokens() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("tokens", "saas/metering")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.arg) and node.arg in ("amount", "charge")
    ]
    assert found == []
