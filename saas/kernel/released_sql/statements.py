"""Reading SQL: which objects a text makes, drops and comments on."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = "FUNCTION|TRIGGER|POLICY|VIEW"
HASH_PREFIX = "sha256:"
_PIECE = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<end>;)|'(?:[^']|'')*'|"[^"]*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$""", re.DOTALL
)
_CREATE = re.compile(rf"CREATE\s+(?:OR\s+REPLACE\s+)?({KINDS})\s+(\w+)", re.IGNORECASE)
_DROP = re.compile(rf"DROP\s+({KINDS})\s+(?:IF\s+EXISTS\s+)?(\w+)(.*)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(rf"COMMENT\s+ON\s+({KINDS})\s+(\w+)(.*?)\s+IS\s+'{HASH_PREFIX}(\w+)'$", re.IGNORECASE | re.DOTALL)
_TABLE = re.compile(r"\bON\s+(\w+)", re.IGNORECASE)
_BODY = re.compile(r"\$(\w*)\$(.*)\$\1\$", re.DOTALL)


class UnreadableSql(ValueError):
    """A statement that has no place where it stands."""


@dataclass(frozen=True)
class SqlObject:
    """A function, trigger, policy or view, by the statement that makes it.

    `name` is what the catalog calls it; `key` also has a function's argument types, which distinguish overloads.
    """

    name: str
    key: str
    statement: str

    @property
    def kind(self) -> str:
        """FUNCTION, TRIGGER, POLICY or VIEW."""
        return self.name.partition(" ")[0]

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits: the statement's version."""
        return hashlib.sha256(self.statement.encode()).hexdigest()[:16]

    @property
    def body_md5(self) -> str | None:
        """The md5 of a function's body, to be compared with `md5(prosrc)`; None for all else."""
        body = _BODY.search(self.statement) if self.kind == "FUNCTION" else None
        return hashlib.md5(body[2].encode(), usedforsecurity=False).hexdigest() if body else None

    @property
    def interface(self) -> str:
        """What CREATE OR REPLACE cannot change about a function: its arguments and its result."""
        return " ".join(re.split(r"\bLANGUAGE\b", self.statement)[0].split())

    @property
    def needs_others_first(self) -> bool:
        """Whether PostgreSQL looks up what the text names as soon as it is created."""
        return not re.search(r"\bLANGUAGE\s+plpgsql\b", self.statement, re.IGNORECASE)


def statements(sql: str) -> Iterator[str]:
    """Split a script; comments outside of bodies are left out."""
    start, statement = 0, ""
    for piece in _PIECE.finditer(sql):
        if piece["comment"] is None and piece["end"] is None:
            continue
        statement += sql[start : piece.start()]
        start = piece.end()
        if piece["end"] and statement.strip():
            yield statement.strip()
        statement = "" if piece["end"] else statement
    if (statement + sql[start:]).strip():
        yield (statement + sql[start:]).strip()


def created(statement: str) -> SqlObject | None:
    """Return what a CREATE statement makes; None for any other statement."""
    found = _CREATE.match(statement)
    if not found:
        return None
    kind, name = found[1].upper(), found[2]
    text = re.sub(r"^CREATE\s+(OR\s+REPLACE\s+)?", "CREATE ", statement, flags=re.IGNORECASE)
    return SqlObject(*_names(kind, name, statement[found.end() :]), text)


def dropped(statement: str) -> tuple[str, str] | None:
    """Return name and key of what a DROP statement drops; the key ends with the name where it lists no arguments."""
    found = _DROP.match(statement)
    return _names(found[1].upper(), found[2], found[3]) if found else None


def commented(statement: str) -> tuple[str, str, str] | None:
    """Return name, key and hash of an object whose version a COMMENT statement sets."""
    found = _COMMENT.match(statement)
    return (*_names(found[1].upper(), found[2], found[3]), found[4]) if found else None


def comment(made: SqlObject) -> str:
    """Return the statement that writes an object's hash into the database."""
    return f"COMMENT ON {made.key} IS '{HASH_PREFIX}{made.hash}';"


def _names(kind: str, name: str, rest: str) -> tuple[str, str]:
    if kind == "FUNCTION":
        types = _argument_types(rest)
        return f"{kind} {name}", f"{kind} {name}" if types is None else f"{kind} {name}({', '.join(types)})"
    if kind == "VIEW":
        return f"{kind} {name}", f"{kind} {name}"
    table = _TABLE.search(rest)
    if not table:
        raise UnreadableSql(f"{kind} {name} is on no table")
    return f"{kind} {name} ON {table[1]}", f"{kind} {name} ON {table[1]}"


def _argument_types(rest: str) -> list[str] | None:
    """Return the types of the arguments that callers give, from a list of types or of a function's parameters."""
    if not rest.lstrip().startswith("("):
        return None
    depth, pieces, text = 0, [""], rest.lstrip()
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            break
        if letter == "," and depth == 1:
            pieces.append("")
        else:
            pieces[-1] += letter
    parameters = [" ".join(re.split(r"\bDEFAULT\b|=", piece.strip("( \n"))[0].split()) for piece in pieces]
    given = [parameter for parameter in parameters if parameter and not parameter.upper().startswith("OUT ")]
    return [re.sub(r"^(IN |INOUT |VARIADIC )?p_\w+ ", "", parameter) for parameter in given]
