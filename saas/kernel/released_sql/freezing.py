"""Freezing: the SQL and the migration that bring an app's database objects to its present texts."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.apps import AppConfig

from saas.kernel.released_sql.files import Frozen, frozen, frozen_folder, migrations, present
from saas.kernel.released_sql.statements import SqlObject, comment

MIGRATION = """\
from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("{label}", "{after}")]

    operations = [frozen_sql(__file__, "{sha256}")]
"""


@dataclass(frozen=True)
class Changes:
    """How an app's present differs from what is frozen."""

    made: list[SqlObject]
    removed: list[str]
    reshaped: list[str]

    def __bool__(self) -> bool:
        return bool(self.made or self.removed)

    @property
    def breaking(self) -> list[str]:
        """The keys of what a release that is still running may need: it is dropped, or called otherwise."""
        return [*self.removed, *self.reshaped]


def changes(config: AppConfig) -> Changes:
    """Compare an app's present with its frozen texts."""
    now, before = present(config), frozen(config)
    made = [each for key, each in now.items() if before.hashes.get(key) != each.hash]
    removed = sorted({*before.hashes, *before.made} - {*now})
    return Changes(made, removed, [each.key for each in made if _is_reshaped(each, before)])


def freeze(config: AppConfig, changed: Changes, name: str) -> Path:
    """Write the frozen text and its migration after the app's last one; return the migration's path."""
    after = migrations(config)[-1]
    stem = f"{int(after[:4]) + 1:04}_{name}"
    text = frozen_text(changed).encode()
    folder = frozen_folder(config)
    folder.mkdir(exist_ok=True)
    (folder / f"{stem}.sql").write_bytes(text)
    path = folder.parent / f"{stem}.py"
    path.write_text(MIGRATION.format(label=config.label, after=after, sha256=hashlib.sha256(text).hexdigest()))
    return path


def frozen_text(changed: Changes) -> str:
    """Return the SQL that makes the changes."""
    drops, makes = map(_dropping, changed.breaking), map(_making, _in_order(changed.made))
    return "\n\n".join([*drops, *makes]) + "\n"


def _dropping(key: str) -> str:
    # squawk would ask what --drop has answered.
    return f"-- squawk-ignore ban-drop-function\nDROP {key};" if key.startswith("FUNCTION ") else f"DROP {key};"


def _making(made: SqlObject) -> str:
    if made.kind == "POLICY":
        return f"DROP POLICY IF EXISTS {made.key.removeprefix('POLICY ')};\n{made.statement};\n{comment(made)}"
    return f"{made.statement.replace('CREATE ', 'CREATE OR REPLACE ', 1)};\n{comment(made)}"


def _is_reshaped(made: SqlObject, before: Frozen) -> bool:
    """Whether a function takes its arguments or gives its result otherwise than under the same key before."""
    old = before.made.get(made.key)
    return made.kind == "FUNCTION" and old is not None and old.interface != made.interface


def _in_order(made: Iterable[SqlObject]) -> list[SqlObject]:
    """Put what a statement is checked against before it; otherwise the order of the files."""
    left, ordered = list(made), list[SqlObject]()
    while left:
        waiting = [each.name.split()[1] for each in left]
        ready = [
            each
            for each in left
            if not each.needs_others_first
            or not any(name in each.statement for name in waiting if name != each.name.split()[1])
        ]
        ordered += ready or left
        left = [each for each in left if ready and each not in ready]
    return ordered
