"""The regular expressions of the code, and the check that none can be made slow; `python -m saas.kernel.patterns`.

Note [A pattern costs linear time]
    `re` tries again from every character and, inside a match, every way of dividing the text among repeats, while
    all threads of the process wait. So a text of 30 kB that somebody sends could stop a worker for seconds. Patterns
    are written in a form whose cost can be seen, and `lint` refuses any other:

    1. A repeat without an upper limit repeats one character class and is the last thing in the pattern. Where the
       pattern is anchored (`^`, `re.match`, `re.fullmatch`), it may also stand before characters that are not in
       its class.
    2. A repeated group has an upper limit and no alternatives. At most one part of it varies in length, and then
       the group begins or ends with a character that this part cannot match.
    3. Repeats that compete for the same characters have at most WAYS_MAX ways to divide them, taken together.

    Patterns are known when their module is imported, so that they can be judged here. OWN_TEXT lists the modules
    and packages whose patterns never meet a text of somebody else. What libraries compare a path with is limited by
    `saas.web.middleware`, which refuses long ones.
"""

import ast
import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import django

# Python's own parser of patterns has no types; as modules they would be known to mypy by chance, through a library.
op: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")

PACKAGES = ("saas", "audit", "tokens", "abuse", "plans", "licensing", "marketplace", "quests", "fake_stripe")
OWN_TEXT = {
    "saas.kernel.released_sql": "reads our SQL",
    "tokens.verification": "reads our SQL",
    "quests.sync.views": "reads the offline page, which has nobody's text in it",
    "quests.evaluation": "patterns of the file that an operator gives to a command of theirs",
}
ANCHORED = ("match", "fullmatch")
FUNCTIONS = {*ANCHORED, "compile", "search", "sub", "subn", "split", "findall", "finditer"}
CLASSES = {"RegexValidator", "RegexField", "re_path"}

LIMITED = 4096
"""A repeat that may go on for longer than this counts as one without an upper limit."""
WAYS_MAX = 4096

_CHARACTERS = [chr(point) for point in (*range(256), 0x17F, 0x212A, 0x2028, 0x3000, 0x4E00, 0xFF1D, 0x1F600)]
_ANY = frozenset(_CHARACTERS)
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_SINGLE = (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY)


@dataclass(frozen=True)
class Found:
    """A pattern of the code, where it stands, and whether it is only tried at the beginning of a text."""

    where: str
    pattern: re.Pattern[str]
    anchored: bool


# What is wrong with a pattern


def risks(pattern: re.Pattern[str], *, anchored: bool = False) -> list[str]:
    """Return why the pattern may cost more than linear time; nothing when it cannot."""
    items = list(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    begins = bool(items) and items[0] in [(op.AT, op.AT_BEGINNING), (op.AT, op.AT_BEGINNING_STRING)]
    anchored = anchored or (begins and not pattern.flags & re.MULTILINE)
    while anchored and items[-1:] in ([(op.AT, op.AT_END)], [(op.AT, op.AT_END_STRING)]):
        items.pop()
    judge = _Judge(pattern.flags, anchored)
    ways = judge.sequence(items, None)
    if ways > WAYS_MAX:
        judge.problems.append(f"its repeats compete in {ways:,} ways: at most {WAYS_MAX:,} are allowed")
    return judge.problems


class _Judge:
    """Walks a parsed pattern; see Note [A pattern costs linear time].

    `follow` is the set of characters that may come next, or None where nothing can fail any more.
    """

    def __init__(self, flags: int, anchored: bool) -> None:
        self.flags = flags
        self.anchored = anchored
        self.problems: list[str] = []

    def sequence(self, items: Sequence[Any], follow: frozenset[str] | None) -> int:
        """Return in how many ways the items can divide a text."""
        ways = 1
        for place, item in enumerate(items):
            ways *= self._item(item, self._first(items[place + 1 :], follow))
        return ways

    def _item(self, item: Any, follow: frozenset[str] | None) -> int:
        kind, value = item
        if kind in _REPEATS:
            low, high, body = value
            return self._repeat(low, high, body, follow)
        if kind is op.BRANCH:
            return sum(self.sequence(branch, follow) for branch in value[1])
        if kind in (op.ASSERT, op.ASSERT_NOT):
            return self.sequence(value[1], _ANY)
        return self.sequence(_inside(item), follow) if _inside(item) else 1

    def _repeat(self, low: int, high: int, body: Sequence[Any], follow: frozenset[str] | None) -> int:
        if len(body) == 1 and body[0][0] in _SINGLE:
            return self._repeated_character(low, high, self._set(body[0]), follow)
        if high > LIMITED:
            self.problems.append("it repeats a group without an upper limit")
        if high > 1:
            self._repeated_group(body)
            self.sequence(body, _ANY)
            return 1  # its end separates one round from the next
        return self.sequence(body, follow) * (1 if follow is None or not self._first(body, None) else 2)

    def _repeated_character(self, low: int, high: int, own: frozenset[str], follow: frozenset[str] | None) -> int:
        if follow is None or low == high or (high <= LIMITED and not own & follow):
            return 1
        if high > LIMITED:
            if not self.anchored or own & follow:
                self.problems.append("a repeat without an upper limit is not the last thing in it")
            return 1
        return high - low + 1

    def _repeated_group(self, body: Sequence[Any]) -> None:
        while len(body) == 1 and body[0][0] is op.SUBPATTERN:
            body = _inside(body[0])
        flat = list(_flat(body))
        if any(kind is op.BRANCH for kind, _ in flat):
            self.problems.append("a repeated group has alternatives")
        varying = [value for kind, value in flat if kind in _REPEATS and value[0] != value[1]]
        if not varying:
            return
        characters = [item for value in varying for item in _flat(value[2]) if item[0] in _SINGLE]
        taken = frozenset[str]().union(*(self._set(item) for item in characters))
        edges = [self._set(_fixed(item)) for item in (body[0], body[-1]) if _fixed(item)]
        if len([value for value in varying if value[1] > 1]) > 1:
            self.problems.append("more than one part of a repeated group varies in length")
        elif not any(edge.isdisjoint(taken) for edge in edges):
            self.problems.append("a repeated group has no end that its varying part cannot match")

    def _first(self, items: Sequence[Any], follow: frozenset[str] | None) -> frozenset[str] | None:
        """Return the characters that the items can begin with; `follow` where there are none."""
        begun: frozenset[str] = frozenset()
        for kind, value in items:
            if kind in _SINGLE:
                return begun | self._set((kind, value))
            if kind in _REPEATS:
                begun |= self._first(value[2], frozenset()) or frozenset()
                if value[0]:
                    return begun
            elif kind is op.SUBPATTERN:
                inner = self._first(value[-1], None)
                if inner is None:
                    return _ANY
                return begun | inner
            else:
                return _ANY
        return begun | follow if follow is not None else (begun or None)

    def _set(self, item: Any) -> frozenset[str]:
        kind, value = item
        if kind is op.ANY:
            return _ANY
        if kind is op.NOT_LITERAL:
            return _ANY - self._set((op.LITERAL, value))
        tests = value if kind is op.IN else [(kind, value)]
        found = frozenset(char for char in _CHARACTERS if any(self._matches(char, test) for test in tests))
        return _ANY - found if tests[0][0] is op.NEGATE else found

    def _matches(self, char: str, test: Any) -> bool:
        kind, value = test
        spellings = {char, char.lower(), char.upper()} if self.flags & re.IGNORECASE else {char}
        if kind is op.LITERAL:
            return chr(value) in spellings
        if kind is op.RANGE:
            return any(len(one) == 1 and value[0] <= ord(one) <= value[1] for one in spellings)
        if kind is op.CATEGORY:
            name = str(value).removeprefix("CATEGORY_")
            letter = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[name.removeprefix("NOT_")]
            flags = self.flags & (re.ASCII | re.UNICODE)
            return bool(re.match(letter, char, flags)) != name.startswith("NOT_")
        return False


def _fixed(item: Any) -> Any:
    """Return the one character class that the item always matches, or None."""
    kind, value = item
    if kind in _REPEATS and value[0] == value[1] and len(value[2]) == 1:
        return _fixed(value[2][0])
    return item if kind in _SINGLE else None


def _inside(item: Any) -> Sequence[Any]:
    kind, value = item
    if kind is op.SUBPATTERN:
        return list(value[-1])
    return list(value) if kind is op.ATOMIC_GROUP else []


def _flat(items: Sequence[Any]) -> Iterator[Any]:
    """Yield the items and those inside of them."""
    for item in items:
        yield item
        if item[0] in _REPEATS:
            yield from _flat(item[1][2])
        elif item[0] is op.BRANCH:
            for branch in item[1][1]:
                yield from _flat(branch)
        else:
            yield from _flat(_inside(item))


# The patterns of the code


def found() -> list[Found]:
    """Return every pattern of the code that meets texts of others; raise Unknown for one that cannot be judged."""
    own = tuple(f"{name}." for name in OWN_TEXT)
    modules = [module for module in _modules() if not f"{module.__name__}.".startswith(own)]
    ours = [one for module in modules for one in _in_module(module)]
    return [*ours, *_addresses()]


class Unknown(Exception):
    """A pattern is not known when its module is imported: compile it there."""


def _modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for each in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not {"migrations", "launch", "wsgi"} & set(each.name.split(".")) and each.name != "saas.kernel.patterns":
                yield importlib.import_module(each.name)


def _in_module(module: ModuleType) -> Iterator[Found]:
    path = Path(str(module.__file__))
    for node in ast.walk(ast.parse(path.read_text())):
        name = _called(node)
        if isinstance(node, ast.Call) and name and node.args:
            where = f"{module.__name__}:{node.lineno}"
            yield Found(where, _pattern(node, name, module, where), anchored=name in ANCHORED)


def _addresses() -> Iterator[Found]:
    """Yield the patterns that the paths of requests are compared with."""
    urls = importlib.import_module("saas.urls")
    for each in (*urls.pages, *urls.api, *urls.urlpatterns):
        if not hasattr(each, "url_patterns"):
            yield Found(f"the address {each.pattern}", each.pattern.regex, anchored=False)


def _called(node: ast.AST) -> str | None:
    """Return the name of the function that takes a pattern, or None."""
    if not isinstance(node, ast.Call):
        return None
    called = node.func
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re":
        return called.attr if called.attr in FUNCTIONS else None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
    return name if name in CLASSES else None


def _pattern(call: ast.Call, name: str, module: ModuleType, where: str) -> re.Pattern[str]:
    def value(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(node), where, "eval"), vars(module))  # noqa: S307 - our own source

    try:
        pattern = value(call.args[0])
        flags = [value(word.value) for word in call.keywords if word.arg == "flags"]
        if name == "compile" and len(call.args) > 1:
            flags = [value(call.args[1])]
        return re.compile(pattern, *flags)
    except NameError as error:
        raise Unknown(f"{where}: compile the pattern when the module is imported, so that it can be judged") from error


def main() -> int:
    """Print what is wrong; 1 when anything is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    django.setup()
    try:
        problems = [f"{one.where}: {risk}" for one in found() for risk in risks(one.pattern, anchored=one.anchored)]
    except Unknown as error:
        problems = [str(error)]
    if problems:
        print(*problems, "See Note [A pattern costs linear time] in saas/kernel/patterns.py.", sep="\n")  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
