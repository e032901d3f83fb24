"""The stage and the cast: real PostgreSQL as app_web and app_jobs, real Redis, committed data.

Nothing is rolled back or cleaned up: the pipeline holds no transaction across the AI call, so its tests
must commit, and every test acts in organizations of its own. What works on all organizations at once is marked
`own_database` (see docs/testing.md).

    alice     owns an organization on Pro
    bob       is a member of hers
    mallory   owns another organization on Pro and wants hers
    oscar     runs Milepost (staff)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any
from uuid import UUID, uuid4

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.test import Client
from psycopg.conninfo import conninfo_to_dict

from tests import canaries as canary
from tests import databases, described
from tests.canaries import CANARY

hypothesis.settings.register_profile("steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("steady")  # a busy machine is no finding

databases.use(databases.MAIN)
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# WhiteNoise warns where nothing was collected, and a warning is an error here.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)

PASSWORD = f"correct horse {CANARY} staple"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no module without the mark of the lane that runs: importing all of them takes a third of the fast one."""
    lane = config.option.markexpr
    is_of_a_lane = lane in ("fast", "slow") and collection_path.suffix == ".py"
    return True if is_of_a_lane and f"mark.{lane}" not in collection_path.read_text() else None


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> None:
    """Make the database that this worker's tests share; requests act as app_web, tests themselves as app_jobs."""
    with django_db_blocker.unblock():
        databases.make(databases.MAIN)


@pytest.fixture(scope="module", autouse=True)
def own_database(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Give a module that is marked `own_database` one where nobody else has been."""
    if request.node.get_closest_marker("own_database"):
        with django_db_blocker.unblock(), databases.own():
            yield
            assert not canary.events_with_leaks(settings.DATABASE_URL), "secrets or addresses in events"
    else:
        yield


@pytest.fixture(scope="session", autouse=True)
def canaries(django_db_setup: None) -> Iterator[None]:
    """Recognize every secret of the suite, and find none of them in any log line or event; see `tests.canaries`."""
    with canary.planted(), canary.watched() as watch:
        yield
    assert not watch.found, f"secrets in log lines: {watch.found[:3]}"
    assert not canary.events_with_leaks(settings.DATABASE_URL), "secrets or addresses in events"


@pytest.fixture(scope="session", autouse=True)
def description() -> Iterator[None]:
    """Compare every answer of the API with its description; see `tests.described`."""
    with described.watched():
        yield


@pytest.fixture(autouse=True)
def db(django_db_setup: None, own_database: None, django_db_blocker: Any) -> Iterator[None]:
    """Let every test use the database."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections.close_all()  # a test may have broken them on purpose


@dataclass(frozen=True)
class Person:
    """Somebody in an organization, with every way in."""

    organization_id: UUID
    user: Any
    role: str
    api_key: str

    @property
    def caller(self) -> Any:
        """Return how the pipeline sees the person."""
        from saas.accounts.callers import Caller

        return Caller(organization_id=self.organization_id, user_id=self.user.pk, role=self.role)

    def browser(self, *, logged_in: float = 0) -> Client:
        """Return a browser logged in, so many seconds ago."""
        client = Client()
        log_in(client, self.user, seconds_ago=logged_in)
        return client

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act for the person's organization."""
        from saas.kernel import tenancy

        with tenancy.organization(self.organization_id):
            yield

    def get(self, path: str, **query: Any) -> Any:
        """GET /api/v1 with the person's key."""
        return Client().get(f"/api/v1{path}", query, headers=self._headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        """POST JSON to /api/v1 with the person's key and a new idempotency key."""
        return self._send("post", path, body, **{"Idempotency-Key": key or str(uuid4()), **headers})

    def patch(self, path: str, body: Any) -> Any:
        """PATCH JSON at /api/v1 with the person's key."""
        return self._send("patch", path, body)

    def put(self, path: str, body: Any) -> Any:
        """PUT JSON to /api/v1 with the person's key."""
        return self._send("put", path, body)

    def delete(self, path: str) -> Any:
        """DELETE at /api/v1 with the person's key."""
        return Client().delete(f"/api/v1{path}", headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}

    def _send(self, method: str, path: str, body: Any, **headers: str) -> Any:
        send = getattr(Client(), method)
        return send(f"/api/v1{path}", body or {}, "application/json", headers={**self._headers(), **headers})


def log_in(client: Client, user: Any, *, seconds_ago: float = 0) -> None:
    """Log somebody in, with the record of it that allauth keeps in the session."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    record = {"method": "password", "at": time() - seconds_ago, "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def open_business(plan: str = "pro", name: str = "Juniper Bakery") -> Person:
    """Open an organization of its own on a plan; return its owner."""
    from saas.backoffice.organizations import bootstrap

    made = bootstrap(
        organization=f"{name} {uuid4().hex[:8]}", email=f"{uuid4().hex}@example.com", password=PASSWORD, plan=plan
    )
    assert made.api_key is not None
    return Person(made.organization.id, made.user, "owner", made.api_key)


def hire(boss: Person, role: str = "member") -> Person:
    """Make a new person a member of the boss's organization."""
    from saas.accounts.keys import scopes_of
    from saas.accounts.models import Membership
    from saas.backoffice.organizations import ensure_user
    from saas.team.actions import create_api_key

    user = ensure_user(email=f"{uuid4().hex}@example.com", password=PASSWORD)
    with boss.acting():
        Membership.objects.create(user=user, role=role)
        key = create_api_key(name="test", scopes=scopes_of(role), by=user)
    return Person(boss.organization_id, user, role, key.secret)


@pytest.fixture
def business() -> Callable[..., Person]:
    """Open more organizations: business("enterprise")."""
    return open_business


@pytest.fixture
def alice() -> Person:
    """The owner of an organization on Pro."""
    return open_business()


@pytest.fixture
def bob(alice: Person) -> Person:
    """A member of alice's organization."""
    return hire(alice)


@pytest.fixture
def mallory() -> Person:
    """The owner of another organization on Pro."""
    return open_business(name="Mallory & Co")


@pytest.fixture
def oscar() -> Any:
    """Staff."""
    from saas.backoffice.organizations import ensure_user

    return ensure_user(email=f"oscar-{uuid4().hex}@example.com", password=PASSWORD, is_staff=True)


@pytest.fixture
def goal(alice: Person) -> Any:
    """A goal of alice's."""
    return make_goal(alice)


def make_goal(person: Person, title: str = "Win 12,000 in office catering") -> Any:
    """Set a goal."""
    from decimal import Decimal

    from quests.actions import create_goal

    with person.acting():
        return create_goal(title=title, target_amount=Decimal(12_000), by=person.user.pk)


@pytest.fixture
def superuser() -> Iterator[psycopg.Connection]:
    """A connection that no policy binds, to look at and to damage what the application cannot."""
    assert conninfo_to_dict(settings.DATABASE_URL)["user"] == "postgres"
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        yield connection
