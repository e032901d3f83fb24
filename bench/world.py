"""The database that is measured: one of its own on the given server, made anew for each run."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db.models import Model
from psycopg import sql
from psycopg.conninfo import make_conninfo

from licensing.models import License
from plans.models import Override, OverrideKind, Subscription
from quests.models import Goal
from saas.accounts.models import Membership, Organization, Role, User, address_columns
from saas.backoffice.management.commands.prepare import provision
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.transactions import transaction

SQL = Path(__file__).with_name("world.sql")
FIRST = 100_001
"""The first organization's number: all have six digits."""
ORGANIZATIONS_AT_ONCE = 5_000
LIMITS = {"requests_per_minute": None, "hourly_tokens_flag": None, "minimum_gap_seconds": 0}
"""Everything of the battery is counted, nothing of it stops a load generator."""


@dataclass
class World:
    """Organizations number `first` to `last`: as many as the benchmarks so far have asked for."""

    first: int
    last: int

    @property
    def web(self) -> str:
        """Return how the application connects."""
        return make_conninfo(settings.DATABASE_URL, user="app_web", password=settings.APP_PASSWORDS["app_web"])

    @property
    def owner(self) -> str:
        """Return how the superuser connects."""
        return str(settings.DATABASE_URL)

    def grow(self, organizations: int) -> None:
        """Add organizations until there are at least so many; those that are there stay as they are."""
        last = max(self.last, FIRST + organizations - 1)
        for first in range(self.last + 1, last + 1, ORGANIZATIONS_AT_ONCE):
            _open(range(first, min(first + ORGANIZATIONS_AT_ONCE, last + 1)))
        if last > self.last:
            with psycopg.connect(self.owner, autocommit=True) as connection:
                connection.execute("CALL bench_fund(%s::int, %s::int)", [self.last + 1, last])
                connection.execute("VACUUM (ANALYZE)")
                connection.execute("CHECKPOINT")
        self.last = last


def organization_id(number: int) -> UUID:
    """Return the key of organization `number`."""
    return UUID(f"00000000-0000-7000-8000-{number:012d}")


def user_id(number: int) -> UUID:
    """Return the key of its owner."""
    return UUID(f"00000000-0000-7000-9000-{number:012d}")


def goal_id(number: int) -> UUID:
    """Return the key of its goal."""
    return UUID(f"00000000-0000-7000-a000-{number:012d}")


def make() -> World:
    """Make the database, still without organizations."""
    with psycopg.connect(make_conninfo(settings.DATABASE_URL, dbname="postgres"), autocommit=True) as server:
        server.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(settings.DATABASES["owner"]["NAME"])
            )
        )
    provision()
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(SQL.read_bytes())
    return World(FIRST, FIRST - 1)


def _open(numbers: range) -> None:
    """Make organizations alike: an owner, Pro, a license, a goal. Their keys are made of their numbers."""
    today = database_now().replace(hour=0, minute=0, second=0, microsecond=0)
    next_month = today + timedelta(days=28)
    organizations = {n: Organization(id=organization_id(n), name=f"Bench {n}") for n in numbers}
    users = [User(id=user_id(n), **address_columns(f"{n}@bench.example")) for n in numbers]
    rows: list[list[Model]] = [
        list(users),
        list(organizations.values()),
        [Membership(organization=o, user_id=user_id(n), role=Role.OWNER) for n, o in organizations.items()],
        [License(organization=o) for o in organizations.values()],
        [
            Subscription(organization=o, plan_key="pro", anchor_at=today, allowance_until=next_month)
            for o in organizations.values()
        ],
        [
            Goal(id=goal_id(n), organization=o, title="Win offices", target_amount=12_000, created_by_id=user_id(n))
            for n, o in organizations.items()
        ],
        [
            Override(organization=o, kind=OverrideKind.LIMIT, key=key, value=value, reason="benchmark")
            for o in organizations.values()
            for key, value in LIMITS.items()
        ],
    ]
    with tenancy.system(), transaction():
        for models in rows:
            type(models[0])._default_manager.bulk_create(models)
