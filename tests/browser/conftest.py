"""Chromium before the real web server.

Without a Chromium these tests are skipped, or fail where REQUIRE_BROWSER is set. A window fails its test when a
page logs an error or breaks its content security policy.
"""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.test.utils import override_settings
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests import machinery
from tests.conftest import log_in

MANIFEST = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
NO_ERROR = re.compile(
    r"status of 4\d\d|Response Status Error Code 4\d\d|^htmx:(afterRequest|sendAbort)|^Service Worker .* blocked by"
)
"""What Chromium and htmx log as an error when the server says no, or we end a request or block a worker ourselves."""

Window = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    path = os.environ.get("CHROMIUM_PATH")
    if not path:
        missing = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
        missing("THERE IS NO BROWSER: set CHROMIUM_PATH, or let `manage.py test` find one.")
    return str(path)


@pytest.fixture(scope="session")
def site_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the web server needs beyond this test's environment: its static files, and mail that goes nowhere."""
    folder = tmp_path_factory.mktemp("site")
    with override_settings(STATIC_ROOT=folder / "static", STORAGES={**settings.STORAGES, "staticfiles": MANIFEST}):
        call_command("collectstatic", interactive=False, verbosity=0)
    return {"DATA_DIR": str(folder), "EMAIL_URL": "dummymail://"}


@pytest.fixture(scope="session")
def site(chromium: str, django_db_setup: None, site_environment: dict[str, str]) -> Iterator[str]:
    """The address of a web server on this worker's database."""
    with machinery.web(site_environment) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium, one per module: Playwright's loop counts as running in this thread for as long as it is open."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with playwright.chromium.launch(executable_path=chromium, args=FLAGS) as launched:
            yield launched


@pytest.fixture
def window(browser: Browser, site: str) -> Iterator[Window]:
    """Open windows: window(user, at=site, width=1280, java_script_enabled=False, ...)."""
    problems: list[str] = []
    contexts = []

    def watch(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not NO_ERROR.search(message.text):
            problems.append(f"{message.text} at {message.location}")

    def open_window(user: Any = None, *, at: str = site, width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(base_url=at, viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("console", watch)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        if user is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": at}])
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()
    assert not problems


def session_of(user: Any) -> str:
    """Return the key of a new session of somebody who is logged in."""
    client = Client()
    log_in(client, user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)
