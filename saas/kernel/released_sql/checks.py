"""`manage.py check`: the present texts are frozen, the frozen ones are untouched, the database runs them."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DatabaseError

from saas.kernel.released_sql.deployed import deployed
from saas.kernel.released_sql.files import altered_frozen, our_apps
from saas.kernel.released_sql.freezing import changes
from saas.kernel.released_sql.statements import UnreadableSql

FREEZE = "Run `manage.py freeze_sql {}`: see docs/upgrading.md."
RESTORE = "Restore it with git, change <app>/sql/ instead, and run `manage.py freeze_sql`: see docs/upgrading.md."


@checks.register("sql")
def sql_is_frozen(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Compare the present texts with what the migrations make; needs no database."""
    return [problem for config in our_apps() for problem in _of(config)]


def _of(config: AppConfig) -> Iterator[checks.CheckMessage]:
    for path in altered_frozen(config):
        yield checks.Error(f"{path} is not what its migration froze.", hint=RESTORE, id="sql.E001")
    try:
        changed = changes(config)
    except UnreadableSql as error:
        yield checks.Error(str(error), id="sql.E002")
        return
    for key in (*(made.key for made in changed.made), *changed.removed):
        yield checks.Error(
            f"{config.label}: {key} changed without a migration.", hint=FREEZE.format(config.label), id="sql.E003"
        )


@checks.register(checks.Tags.database)
def database_runs_it(databases: Sequence[str] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Compare the database with the present texts, once it has all migrations of this code and no others."""
    if "default" not in (databases or ()):
        return []
    try:
        found = deployed()
    except DatabaseError:
        return []  # without a database, or before its first migration, there is nothing to compare
    if found.ahead or found.behind:
        return []
    return [
        checks.Error(f"The database's {row.name} is {row.state}.", hint="See `manage.py sql_state`.", id="sql.E004")
        for row in found.outdated
    ]
