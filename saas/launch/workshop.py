"""The developer's commands: test, lint and bench. None of them touches the data folder."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from saas.launch import browser, servers
from saas.launch.console import Refused, say
from saas.launch.environment import PROJECT, VENV
from saas.launch.folder import DataFolder
from saas.launch.processes import Signals, in_foreground

SECRET_KEY = "known to everybody, and so for checks, tests and benchmarks only"  # noqa: S105
NO_SERVERS = {
    "DATABASE_URL": "postgresql://postgres@/milepost?host=/nonexistent",
    "REDIS_URL": "unix:///nonexistent",
}
PRODUCTION = {
    "APP_ENV": "production",
    "ALLOWED_HOSTS": "milepost.example",
    "BASE_URL": "https://milepost.example",
    "TRUSTED_PROXIES": "1",
    "EMAIL_URL": "smtp+tls://milepost.example:587",
    "DEFAULT_FROM_EMAIL": "Milepost <hello@milepost.example>",
    "BILLING_MODE": "live",
    "STRIPE_SECRET_KEY": "sk_live_not_a_key",
    "STRIPE_WEBHOOK_SECRETS": "whsec_not_a_secret",
}
FROZEN_SQL = ["*/migrations/sql/*.sql", "saas/*/migrations/sql/*.sql"]
CHECKS: dict[str, tuple[str, ...]] = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "import-linter": ("-c", "from importlinter.cli import lint_imports_command as lint; lint()"),
    "patterns": ("-m", "saas.kernel.patterns"),
    "squawk": ("-c", f"import os; os.execv({str(VENV / 'bin/squawk')!r}, ['squawk', *{FROZEN_SQL}])"),
    "migrations": ("manage.py", "makemigrations", "--check", "--dry-run"),
    "deployment": ("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
}


LANES = {"--fast": "fast", "--slow": "slow"}
TESTS = PROJECT / "tests"
# What money and tokens depend on, and the least that tests must run of each, branches included, in percent.
COVERED = {"ledger": "tokens/*", "abuse": "abuse/*", "licensing": "licensing/*", "money": "marketplace/*"}
COVERAGE_MIN = 95


def test(arguments: list[str]) -> int:
    """pytest's exit code; 1 when REQUIRE_BROWSER is set and there is none."""
    fast = "--fast" in arguments
    chromium = None if fast else browser.find_or_install()
    if not chromium and not fast:
        text = "There is no Chromium: install one or set CHROMIUM_PATH."
        if os.environ.get("REQUIRE_BROWSER"):
            raise Refused(f"{text} (REQUIRE_BROWSER is set.)")
        say(f"THE BROWSER TESTS ARE SKIPPED. {text}")
    measured = "--coverage" in arguments
    chosen = lane([word for word in arguments if word != "--coverage"])
    command = [sys.executable, "-m", "pytest", "-n", "2", *(["--cov", "--cov-report="] if measured else []), *chosen]
    code = _on_throwaway_servers(command, servers.FLEETING, {"CHROMIUM_PATH": chromium or ""})
    return code if code or not measured or _is_covered() else 1


def lane(arguments: list[str]) -> list[str]:
    """For pytest: one lane, or what is named. Neither files nor a `-m` of one's own are cut down to a lane."""
    chosen = [LANES[word] for word in arguments if word in LANES]
    if len(chosen) > 1:
        raise Refused("`manage.py test` runs one lane at a time: --fast, --slow, or neither for all but the slow one.")
    rest = [word for word in arguments if word not in LANES]
    if not chosen and ("-m" in rest or any(_names_tests(word) for word in rest)):
        return rest
    return ["-m", chosen[0] if chosen else "not slow", *rest]


def _names_tests(argument: str) -> bool:
    path = Path(argument.partition("::")[0]).absolute()
    return path.exists() and path.is_relative_to(TESTS)


def _is_covered() -> bool:
    """Print the lines that were not run; return whether enough of each part was covered."""
    report = [sys.executable, "-m", "coverage", "report", f"--fail-under={COVERAGE_MIN}"]
    results = []
    for name, files in COVERED.items():
        print(f"\nCoverage of {name}, at least {COVERAGE_MIN} %:", flush=True)
        results.append(subprocess.run([*report, f"--include={files}"], cwd=PROJECT).returncode == 0)
    return all(results)


def bench(arguments: list[str]) -> int:
    """The exit code of `python -m bench`. The servers are as durable as those of `up`."""
    if arguments[:1] == ["compare"]:  # each of its turns is a `bench` with servers of its own
        with Signals() as signals:
            command = [sys.executable, "-m", "bench.compare", *arguments[1:]]
            return in_foreground(command, os.environ, signals, folder=PROJECT)
    command = [sys.executable, "-m", "bench", *arguments]
    return _on_throwaway_servers(command, servers.LASTING, {}, folder=PROJECT)


def faults(arguments: list[str]) -> int:
    """The exit code of `python -m tests.faults`: 1 when anything was lost, doubled or charged wrongly."""
    return _on_throwaway_servers([sys.executable, "-m", "tests.faults", *arguments], servers.LASTING, {})


def lint(arguments: list[str]) -> int:
    """1 when any check fails; all are run."""
    if arguments:
        raise Refused("`manage.py lint` takes no arguments.")
    environment = {**os.environ, **NO_SERVERS, "SECRET_KEY": SECRET_KEY, "APP_ENV": "development"}
    results = [
        _check(name, command, environment | (PRODUCTION if name == "deployment" else {}))
        for name, command in CHECKS.items()
    ]
    return 0 if all(results) else 1


def _check(name: str, command: Iterable[str], environment: dict[str, str]) -> bool:
    started_at = time.monotonic()
    done = subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    verdict = "FAIL" if done.returncode else "pass"
    print(f"{verdict}  {name:<14} {time.monotonic() - started_at:5.1f} s", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


def _on_throwaway_servers(
    command: list[str], settings: Iterable[str], also: dict[str, str], *, folder: Path | None = None
) -> int:
    given = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    with _throwaway_folder() as data, Signals() as signals:
        plan = servers.plan(data, settings, given)
        with servers.running(plan.services, signals):
            environment = plan.environment | {"DATA_DIR": str(data.path), "SECRET_KEY": SECRET_KEY} | also
            return in_foreground(command, environment, signals, folder=folder)


@contextlib.contextmanager
def _throwaway_folder() -> Iterator[DataFolder]:
    folder = DataFolder(Path(tempfile.mkdtemp(prefix="milepost-")))
    folder.path.chmod(0o711)  # the servers' account passes through
    folder.make()
    where = servers.home(folder)
    try:
        yield folder
    finally:
        for path in (where.sockets, where.path, folder.path):
            shutil.rmtree(path, ignore_errors=True)
