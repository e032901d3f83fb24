"""The present texts, and what the frozen ones come to."""

import functools
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings

from saas.kernel.isolation import policies
from saas.kernel.released_sql.statements import SqlObject, UnreadableSql, commented, created, dropped, statements

FROZEN_BY = re.compile(r'frozen_sql\(\s*__file__,\s*"([0-9a-f]{64})"')


def our_apps() -> list[AppConfig]:
    """Return Milepost's own apps: those inside the project, and not inside its environment."""
    return [
        config
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(settings.BASE_DIR) and not Path(config.path).is_relative_to(sys.prefix)
    ]


def present_folder(config: AppConfig) -> Path:
    """Return where an app's present texts are."""
    return Path(config.path) / "sql"


def frozen_folder(config: AppConfig) -> Path:
    """Return where an app's frozen texts are."""
    return Path(config.path) / "migrations" / "sql"


def migrations(config: AppConfig) -> list[str]:
    """Return the names of an app's migrations in their order."""
    return sorted(path.stem for path in (Path(config.path) / "migrations").glob("[0-9]*.py"))


def present(config: AppConfig) -> dict[str, SqlObject]:
    """Return an app's objects by key, in the order of its files; UnreadableSql for anything else in them."""
    found: dict[str, SqlObject] = {}
    for made in (*_in_files(config), *_policies(config)):
        if made.key in found:
            raise UnreadableSql(f"{config.label}: {made.key} is there twice")
        found[made.key] = made
    return found


@functools.cache
def all_present() -> tuple[SqlObject, ...]:
    """Return the objects of all apps. Read once a process: what a process expects does not change while it runs."""
    return tuple(made for config in our_apps() for made in present(config).values())


@functools.cache
def all_migrations() -> frozenset[tuple[str, str]]:
    """Return (label, name) of every migration of ours, read once a process."""
    return frozenset((config.label, name) for config in our_apps() for name in migrations(config))


def _in_files(config: AppConfig) -> Iterator[SqlObject]:
    for path in sorted(present_folder(config).glob("*.sql")):
        for statement in statements(path.read_text()):
            made = created(statement)
            if not made:
                beginning = " ".join(statement.split()[:4])
                raise UnreadableSql(
                    f"{path}: only functions, triggers, policies and views belong here: {beginning} ..."
                )
            yield made


def _policies(config: AppConfig) -> Iterator[SqlObject]:
    if not getattr(config, "releases_sql", True):
        return
    for model in config.get_models():
        columns = {each.column for each in model._meta.local_concrete_fields}
        if "organization_id" in columns and model._meta.managed and not model._meta.proxy:
            for statement in policies(model._meta.db_table):
                made = created(statement)
                assert made
                yield made


@dataclass
class Frozen:
    """What an app's frozen texts come to: the hash of each object by key, and the text that made it where frozen."""

    hashes: dict[str, str] = field(default_factory=dict)
    made: dict[str, SqlObject] = field(default_factory=dict)

    def run(self, statement: str) -> None:
        """Take in a statement as the database would."""
        if made := created(statement):
            self.made[made.key] = made
            self.hashes.pop(made.key, None)
        elif commenting := commented(statement):
            self.hashes[commenting[1]] = commenting[2]
        elif dropping := dropped(statement):
            name, key = dropping
            for known in {*self.hashes, *self.made}:
                if known == key or (key == name and known.startswith(f"{name}(")):
                    self.hashes.pop(known, None)
                    self.made.pop(known, None)


def frozen(config: AppConfig) -> Frozen:
    """Run through an app's frozen texts in the order of its migrations."""
    result = Frozen()
    for path in sorted(frozen_folder(config).glob("*.sql")):
        for statement in statements(path.read_text()):
            result.run(statement)
    return result


def altered_frozen(config: AppConfig) -> Iterator[Path]:
    """Return the frozen texts that are not what their migration froze, or that no migration runs."""
    for path in sorted(frozen_folder(config).glob("*.sql")):
        migration = path.parent.parent / f"{path.stem}.py"
        digests = FROZEN_BY.findall(migration.read_text()) if migration.exists() else []
        if digests != [hashlib.sha256(path.read_bytes()).hexdigest()]:
            yield path
