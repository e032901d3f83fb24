"""Production refuses what gives it away or cannot work, in every process, and names every reason at once."""

import subprocess
import sys
from os import environ
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from saas.kernel import startup
from saas.web.checks import production_problems, reload_problems
from tests.web.startup import FINE

ROOT = Path(configured.BASE_DIR)

DANGEROUS = {
    "APP_ENV": "production",
    "SECRET_KEY": "short",
    "ALLOWED_HOSTS": "*",
    "BILLING_MODE": "sandbox",
    "EMAIL_VERIFICATION": "optional",
    "STRIPE_API_BASE": "http://127.0.0.1:9",
    "WEBHOOKS_TO_LOOPBACK": "true",
}
REASONS = (
    "SECRET_KEY is weak", "BASE_URL is 'http://localhost", "ALLOWED_HOSTS=*", "TRUSTED_PROXIES is 0",
    "EMAIL_URL is missing", "DEFAULT_FROM_EMAIL is missing", "EMAIL_VERIFICATION must be mandatory",
    "BILLING_MODE=sandbox gives plans", "STRIPE_API_BASE is for tests", "WEBHOOKS_TO_LOOPBACK lets",
)  # fmt: skip
PROCESSES = {
    "web": ("-c", "import saas.wsgi"),
    "worker": ("-m", "celery", "--quiet", "--app", "saas.celery", "worker", "--concurrency", "1"),
    "beat": ("-m", "celery", "--quiet", "--app", "saas.celery", "beat", "--pidfile=", "--schedule", "nowhere/beat"),
    "check": ("manage.py", "check"),
    "prepare": ("manage.py", "prepare"),
}


def start(*arguments: str, **also: str) -> "subprocess.CompletedProcess[str]":
    """Run a process of ours with no setting of this test run's but the servers."""
    names = ("BASE_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "TRUSTED_PROXIES", "EMAIL_VERIFICATION", "BILLING_MODE")
    inherited = {name: value for name, value in environ.items() if name not in names}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**inherited, **also}, text=True, capture_output=True, check=False, timeout=280
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_refuses_and_names_every_reason(name: str, tmp_path: Path) -> None:
    also = ("--schedule", str(tmp_path / "beat")) if name == "beat" else ()
    ended = start(*PROCESSES[name], *also, **DANGEROUS)
    output = ended.stdout + ended.stderr
    assert ended.returncode != 0, output
    assert [reason for reason in REASONS if reason not in output] == [], output


@pytest.mark.slow
def test_with_what_is_documented_the_web_process_starts() -> None:
    ended = start(*PROCESSES["web"], **FINE)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["builtin", "openai"])
def test_what_an_operation_imports_is_there_before_the_first_request(provider: str) -> None:
    """The list of prices was read within a request, and 450 others waited half a second; nobody else needs it."""
    say = "print('read:', 'genai_prices.data' in sys.modules, 'openai' in sys.modules)"
    ai = {"AI_PROVIDER": provider, "AI_MODEL": "gpt-4o-mini", "AI_API_KEY": "a key"}
    ended = start("-c", f"import sys, saas.wsgi; {say}", **FINE, **ai)
    needed = provider == "openai"
    assert ended.stdout.splitlines()[-1:] == [f"read: {needed} {needed}"], ended.stderr


@pytest.mark.slow
def test_production_answers_with_hsts() -> None:
    """S26: for a year, and for what lies below our host name."""
    ask = "Client(headers={'host': 'milepost.example'}).get('/healthz', secure=True)['Strict-Transport-Security']"
    ended = start("-c", f"import saas.wsgi; from django.test import Client; print({ask})", **FINE)
    assert ended.stdout.splitlines()[-1:] == ["max-age=31536000; includeSubDomains"], ended.stderr


@pytest.mark.parametrize("place", ["docker-compose.yml", ".env.example"])
def test_every_variable_that_production_needs_is_named(place: str) -> None:
    text = (ROOT / place).read_text()
    assert [name for name in (*FINE, "DATABASE_URL", "REDIS_URL") if name not in text] == []


def configure(settings: Any, **values: Any) -> None:
    good = {
        "PRODUCTION": True,
        "SECRET_KEY_FALLBACKS": [],
        "ALLOWED_HOSTS": ["milepost.example"],
        "BASE_URL": "https://milepost.example",
        "SECURE_SSL_REDIRECT": True,
        "TRUSTED_PROXIES": 1,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "DEFAULT_FROM_EMAIL": "Milepost <hello@milepost.example>",
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    }
    for name, value in (good | values).items():
        setattr(settings, name, value)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is weak"),
        ({"SECRET_KEY_FALLBACKS": ["old"]}, "SECRET_KEY_FALLBACKS is weak"),
        ({"ALLOWED_HOSTS": ["milepost.example", "*"]}, "ALLOWED_HOSTS=*"),
        ({"ALLOWED_HOSTS": ["localhost"]}, "ALLOWED_HOSTS does not name milepost.example"),
        ({"BASE_URL": "http://milepost.example"}, "BASE_URL is 'http://"),
        ({"BASE_URL": "https://"}, "BASE_URL is"),
        ({"TRUSTED_PROXIES": 0}, "TRUSTED_PROXIES is 0"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "EMAIL_URL is missing"),
        ({"DEFAULT_FROM_EMAIL": "Milepost <hello@localhost>"}, "DEFAULT_FROM_EMAIL is missing"),
        ({"ACCOUNT_EMAIL_VERIFICATION": "optional"}, "EMAIL_VERIFICATION must be mandatory"),
    ],
)
def test_each_reason_is_found_by_itself(settings: Any, values: dict[str, Any], reason: str) -> None:
    configure(settings, **values)
    [found] = production_problems()
    assert found.startswith(reason)
    assert found in startup.problems()


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({}, False),
        ({"PRODUCTION": True}, True),
        ({"TRUSTED_PROXIES": 1}, True),
        ({"ALLOWED_HOSTS": ["localhost", "milepost.example"]}, True),
        ({"ALLOWED_HOSTS": ["*"]}, True),
        ({"BASE_URL": "http://192.168.0.7:8000"}, True),
    ],
)
def test_reload_is_for_this_machine_only(settings: Any, values: dict[str, Any], refused: bool) -> None:
    here = {"PRODUCTION": False, "RELOAD": True, "TRUSTED_PROXIES": 0, "BASE_URL": "http://localhost:8000"}
    configure(settings, **{**here, "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"], **values})
    found = list(reload_problems())
    assert bool(found) is refused
    assert all("`up --reload` shows code and settings" in each for each in found)
    settings.RELOAD = False
    assert list(reload_problems()) == []


def test_nothing_is_refused_that_is_right(settings: Any) -> None:
    configure(settings)
    assert list(production_problems()) == []
    configure(settings, TRUSTED_PROXIES=0, SECURE_SSL_REDIRECT=False)
    assert list(production_problems()) == []
