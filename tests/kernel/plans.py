"""The plans of all statements that run, those in functions and triggers too, reported by PostgreSQL's auto_explain."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from django.db import connection, connections
from django.db.backends.signals import connection_created
from psycopg import sql

_REPORT_EVERYTHING = (
    ("session_preload_libraries", "auto_explain"),
    ("auto_explain.log_min_duration", "0"),
    ("auto_explain.log_nested_statements", "on"),
    ("auto_explain.log_format", "json"),
    ("auto_explain.log_level", "notice"),
)
_TABLES = re.compile(r'(?:FROM|JOIN|INTO|UPDATE) "?(\w+)')
_FUNCTION = re.compile(r'function "?(\w+)')
_CONDITIONS = ("Index Cond", "Recheck Cond", "Filter")


class Scan(NamedTuple):
    """One scan of one table."""

    caller: str  # the function in which it stands, or the tables of the statement that was sent
    table: str
    conditions: str


@contextmanager
def recorded(superuser: psycopg.Connection) -> Iterator[list[Scan]]:
    """Record the scans of everything that Django's connection runs inside. The database must be the caller's own."""
    scans: list[Scan] = []

    def hear(message: psycopg.errors.Diagnostic) -> None:
        text = message.message_primary or ""
        if text.startswith("duration: "):
            plan = json.loads(text[text.index("{") :])
            inside = _FUNCTION.search(message.context or "")
            caller = inside.group(1) if inside else " ".join(_TABLES.findall(plan["Query Text"]))
            scans.extend(_scans(caller, plan["Plan"]))

    def attach(**_: Any) -> None:
        connection.connection.add_notice_handler(hear)

    database = sql.Identifier(superuser.info.dbname)
    for name, value in _REPORT_EVERYTHING:
        superuser.execute(sql.SQL("ALTER DATABASE {} SET {} = {}").format(database, sql.SQL(name), sql.Literal(value)))
    _forget_connections()
    connection_created.connect(attach)
    try:
        yield scans
    finally:
        connection_created.disconnect(attach)
        for name, _value in _REPORT_EVERYTHING:
            superuser.execute(sql.SQL("ALTER DATABASE {} RESET {}").format(database, sql.SQL(name)))
        _forget_connections()


def _scans(caller: str, plan: dict[str, Any]) -> Iterator[Scan]:
    if "Scan" in plan["Node Type"] and "Relation Name" in plan:
        yield Scan(caller, plan["Relation Name"], " ".join(plan.get(each, "") for each in _CONDITIONS))
    for part in plan.get("Plans", []):
        if plan["Node Type"] == "Bitmap Heap Scan":
            continue  # its index scan has no relation of its own, and the same condition
        yield from _scans(caller, part)


def _forget_connections() -> None:
    connections.close_all()
    wrapper: Any = connection
    wrapper.close_pool()
