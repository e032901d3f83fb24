"""No function, trigger, policy or view changes without a migration, and the database says what it runs."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from saas.kernel.released_sql import deployed, files, statements
from saas.kernel.released_sql.checks import database_runs_it, sql_is_frozen
from saas.kernel.released_sql.freezing import changes, frozen_text

SWEEP = "FUNCTION tokens_sweep(jsonb)"


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppConfig]:
    """The app `tokens` with a copy of its SQL, to be edited."""
    config = apps.get_app_config("tokens")
    shutil.copytree(Path(config.path) / "migrations", tmp_path / "migrations")
    shutil.copytree(Path(config.path) / "sql", tmp_path / "sql")
    others = files.our_apps()
    monkeypatch.setattr(config, "path", str(tmp_path))
    for module in ("files", "checks"):
        monkeypatch.setattr(f"saas.kernel.released_sql.{module}.our_apps", lambda: others)
    monkeypatch.setattr("saas.kernel.management.commands.freeze_sql.our_apps", lambda: others)
    _forget()
    yield config
    _forget()


def _forget() -> None:
    files.all_present.cache_clear()
    files.all_migrations.cache_clear()
    cached: Any = get_commands  # django-stubs do not know of its cache
    cached.cache_clear()  # it looks for commands below the path of each app


def edit(config: AppConfig, file: str, old: str, new: str) -> None:
    path = Path(config.path) / "sql" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def problems() -> list[str]:
    return [str(problem.msg) for problem in sql_is_frozen(None)]


def test_everything_is_frozen_and_the_database_runs_it(capsys: Any) -> None:
    assert problems() == []
    assert database_runs_it(["default"]) == []
    call_command("sql_state", "--outdated")
    assert ", 0 not current." in capsys.readouterr().out
    assert Client().get("/readyz").json() == {"status": "ok"}


def test_every_object_of_the_database_has_its_hash(superuser: psycopg.Connection) -> None:
    catalog = deployed.CATALOG.partition("UNION ALL\n    SELECT app")[0]
    found = superuser.execute(catalog).fetchall()
    assert len(found) == len(files.all_present())
    assert [name for name, comment, _ in found if not (comment or "").startswith("sha256:")] == []


def test_a_file_edited_without_a_migration_is_named(tokens: AppConfig, capsys: Any) -> None:
    edit(tokens, "sweep.sql", "PERFORM tokens_expire(tokens_begin()", "PERFORM tokens_expire( tokens_begin()")
    assert problems() == [f"tokens: {SWEEP} changed without a migration."]
    assert [each.msg for each in database_runs_it(["default"])] == ["The database's FUNCTION tokens_sweep is outdated."]
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["outdated"]) == (503, ["FUNCTION tokens_sweep: outdated"])
    with pytest.raises(SystemExit):
        call_command("sql_state", "--outdated")
    assert "FUNCTION tokens_sweep  outdated" in capsys.readouterr().out


def test_freezing_it_makes_a_migration_that_comes_to_the_same(tokens: AppConfig) -> None:
    edit(tokens, "sweep.sql", "PERFORM tokens_expire(tokens_begin()", "PERFORM tokens_expire( tokens_begin()")
    call_command("freeze_sql", "tokens", name="sweep_wider")
    text = (files.frozen_folder(tokens) / f"{files.migrations(tokens)[-1]}.sql").read_text()
    assert text.startswith("CREATE OR REPLACE FUNCTION tokens_sweep(p_actor jsonb)")
    assert text.count("CREATE") == 1
    assert problems() == []
    _forget()
    answer = Client().get("/readyz").json()  # the new release before it has migrated
    assert answer["outdated"] == [f"migration tokens.{files.migrations(tokens)[-1]}", "FUNCTION tokens_sweep: outdated"]


def test_a_comment_between_functions_needs_no_migration(tokens: AppConfig) -> None:
    edit(tokens, "sweep.sql", "-- Ending what is over", "-- It ends what is over; and -- so on")
    assert problems() == []


def test_old_code_is_ready_on_a_newer_database(tokens: AppConfig) -> None:
    edit(tokens, "sweep.sql", "PERFORM tokens_expire(tokens_begin()", "PERFORM tokens_expire( tokens_begin()")
    newest = files.migrations(tokens)[-1]
    (Path(tokens.path) / "migrations" / f"{newest}.py").unlink()
    assert Client().get("/readyz").json() == {"status": "ok"}
    assert database_runs_it(["default"]) == []
    assert f"tokens.{newest}" in deployed.deployed().ahead


def test_a_function_edited_in_the_database_is_found_though_its_comment_stays(superuser: psycopg.Connection) -> None:
    [body] = superuser.execute("SELECT prosrc FROM pg_proc WHERE proname = 'tokens_expired_unspent'").fetchone()  # type: ignore[misc]
    replace = (
        "CREATE OR REPLACE FUNCTION tokens_expired_unspent(p_business_key text) RETURNS int"
        " LANGUAGE sql STABLE AS $${}$$"
    )
    superuser.execute(replace.format(f"{body} "))
    try:
        [row] = deployed.deployed().outdated
        assert (row.name, row.state) == ("FUNCTION tokens_expired_unspent", deployed.DeployedState.EDITED)
    finally:
        superuser.execute(replace.format(body))
    assert deployed.deployed().outdated == []


def test_what_old_code_may_call_is_not_dropped_by_accident(tokens: AppConfig) -> None:
    edit(tokens, "sweep.sql", "tokens_sweep(p_actor jsonb) RETURNS void", "tokens_sweep(p_actor jsonb) RETURNS boolean")
    edit(tokens, "quotas.sql", "CREATE FUNCTION tokens_quota_allowed(", "CREATE FUNCTION tokens_quota_permits(")
    with pytest.raises(CommandError, match=r"tokens_quota_allowed\(tokens_quota\), FUNCTION tokens_sweep\(jsonb\)"):
        call_command("freeze_sql", "tokens")
    text = frozen_text(changes(tokens))
    drops = [line for line in text.splitlines() if line.startswith("DROP")]
    assert drops == ["DROP FUNCTION tokens_quota_allowed(tokens_quota);", "DROP FUNCTION tokens_sweep(jsonb);"]
    call_command("freeze_sql", "tokens", drop=True)
    assert problems() == []


def test_an_overload_stands_beside_the_old_one(tokens: AppConfig) -> None:
    path = Path(tokens.path) / "sql" / "position.sql"
    overload = (
        "CREATE FUNCTION tokens_sweep(p_actor jsonb, p_limit int DEFAULT 5) RETURNS void LANGUAGE sql AS $$ SELECT $$;"
    )
    path.write_text(f"{path.read_text()}\n{overload}\n")
    found = changes(tokens)
    assert ([each.key for each in found.made], found.breaking) == (["FUNCTION tokens_sweep(jsonb, int)"], [])


def test_a_frozen_text_cannot_be_edited(tokens: AppConfig) -> None:
    path = files.frozen_folder(tokens) / "0002_ledger.sql"
    path.write_text(path.read_text().replace("no such hold", "no hold"))
    assert problems() == [f"{path} is not what its migration froze."]
    migration = path.parent.parent / "0002_ledger.py"
    with pytest.raises(ValueError, match="was frozen and has been edited"):
        exec(compile(migration.read_text(), migration, "exec"), {"__file__": str(migration), "__name__": "m"})  # noqa: S102


def test_only_what_can_be_made_anew_stands_in_the_files(tokens: AppConfig) -> None:
    edit(
        tokens, "sweep.sql", "CREATE FUNCTION tokens_sweep(", "DELETE FROM tokens_entry; CREATE FUNCTION tokens_sweep("
    )
    [problem] = problems()
    assert problem.endswith("only functions, triggers, policies and views belong here: DELETE FROM tokens_entry ...")


def test_migrations_call_frozen_helpers_only() -> None:
    for migration in MigrationLoader(None).disk_migrations.values():
        module = Path(__import__("sys").modules[migration.__module__].__file__ or "")
        if module.is_relative_to(settings.BASE_DIR) and ".venv" not in module.parts:
            source = module.read_text()
            assert "read_text" not in source, module
            assert "import Isolate" not in source or "saas.kernel.migration_helpers." in source, module


def test_a_script_is_split_at_the_ends_of_statements_alone() -> None:
    script = "-- a; b\nCREATE VIEW v AS SELECT ';', \"x;y\" /* ; */;\nCREATE FUNCTION f() AS $q$ SELECT $$;$$; $q$;;"
    script += "DROP VIEW v"
    assert list(statements.statements(script)) == [
        "CREATE VIEW v AS SELECT ';', \"x;y\"",
        "CREATE FUNCTION f() AS $q$ SELECT $$;$$; $q$",
        "DROP VIEW v",
    ]


def test_a_migration_gives_up_where_it_would_hold_up_others() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("4s", "30s")
