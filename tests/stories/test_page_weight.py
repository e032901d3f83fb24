"""No page weighs more than 40 kB with its styles and scripts, compressed as they are sent, however much there is."""

import gzip
import re
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import psycopg
from django.contrib.staticfiles import finders

from quests.models import Goal, GoalStatus, SyncConflict
from saas.accounts.models import Membership, User, address_columns
from saas.team.actions import create_department, set_quota
from tests.conftest import Person, open_business
from tests.pages import PLAIN, VARIANTS, path_of
from tokens.kinds import QuotaScope

BYTES_MAX = 40_000
ASSET = re.compile(r'(?:href|src)="/static/([^"#]+\.(?:css|js))"')

GOALS, PEOPLE, DEPARTMENTS, CONFLICTS, DAYS = 200, 100, 20, 60, 90


def test_a_busy_organization_has_light_pages(superuser: psycopg.Connection) -> None:
    browser = busy_business(superuser).browser()
    heavy = {}
    for name in [*sorted({*PLAIN, *VARIANTS}), "usage by member"]:
        page = browser.get(path_of("usage") + "?by=user" if name == "usage by member" else path_of(name))
        if page.status_code != 405 and (weight := _weight(page.content)) >= BYTES_MAX:
            heavy[name] = weight
    assert heavy == {}


def _weight(document: bytes) -> int:
    """Return the compressed bytes of a page with its styles and scripts."""
    files = [finders.find(name) for name in ASSET.findall(document.decode())]
    return sum(len(gzip.compress(each)) for each in (document, *(Path(str(file)).read_bytes() for file in files)))


def busy_business(by: psycopg.Connection) -> Person:
    """Open an Enterprise organization after three busy months."""
    alice = open_business("enterprise", name="Juniper Bakery and Coffee House on the Corner")
    addresses = [f"somebody.with.a.long.name.{uuid4().hex[:12]}@juniper-bakery.example" for _ in range(PEOPLE)]
    people = User.objects.bulk_create(User(**address_columns(each)) for each in addresses)
    with alice.acting():
        Membership.objects.bulk_create(Membership(user=user, role="member") for user in people)
        for status in (GoalStatus.ACTIVE, GoalStatus.ARCHIVED):
            Goal.objects.bulk_create(
                Goal(title=f"{number} {'words ' * 15}", target_amount=Decimal(12_000), status=status, created_by=user)
                for number, user in enumerate([alice.user] * GOALS)
            )
        for number in range(DEPARTMENTS):
            department = create_department(name=f"Department {number} for everything around the shop")
            set_quota(scope=QuotaScope.DEPARTMENT, subject_id=department.id, tokens=100)
        SyncConflict.objects.bulk_create(
            SyncConflict(
                type="goal", record_id=goal.id, client_change_id=str(goal.id), base_version=1, created_by=alice.user,
                mine={"title": "mine " * 20, "description": "what we wrote " * 140, "target_amount": "100"}, theirs={},
            )
            for goal in Goal.objects.all()[:CONFLICTS]
        )  # fmt: skip
    _use(alice, [user.pk for user in people], by)
    return alice


def _use(person: Person, users: list[object], by: psycopg.Connection) -> None:
    """Have each of the users ask for something on each day."""
    by.execute(
        "INSERT INTO tokens_hold (id, organization_id, status, tokens, settled_tokens, absorbed_tokens, operation,"
        " user_id, details, created_at, expires_at, ended_at)"
        " SELECT gen_random_uuid(), %s, 'settled', 3, 3, 0, (ARRAY['quest', 'lead_list', 'other'])[day %% 3 + 1],"
        " who, '{}', at, at, at FROM unnest(%s::uuid[]) AS who, generate_series(1, %s) AS day,"
        " LATERAL (SELECT now() - make_interval(days => day) AS at) AS moment",
        (person.organization_id, users, DAYS),
    )
