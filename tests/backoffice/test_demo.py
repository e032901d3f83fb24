"""The demo opens one installation only, has no superuser, and can be taken out for production."""

from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from audit.models import PLATFORM, Event
from audit.verification import verify
from quests.actions import create_goal
from quests.queries import goals
from saas.accounts.models import ApiKey, Role, User
from saas.accounts.queries import memberships_of
from saas.backoffice import demo
from saas.backoffice.checks import no_demo
from saas.backoffice.organizations import add_member
from saas.kernel import tenancy
from tests.conftest import PASSWORD, Person, log_in


@pytest.fixture
def logins(settings: Any, tmp_path: Path) -> str:
    """What is printed at the first start of an installation."""
    settings.DATA_DIR = tmp_path
    return demo.seed()


@pytest.fixture(autouse=True)
def removed() -> Any:
    """Leave no demo behind: production would refuse this database."""
    yield
    demo.remove()


def password_of(logins: str) -> str:
    return logins.split("password ")[1].split(" ")[0]


def test_each_installation_has_a_password_of_its_own(logins: str, settings: Any, tmp_path: Path) -> None:
    mine = password_of(logins)
    assert len(mine) >= 16 and mine != demo.FORMER_PASSWORD
    assert (tmp_path / "demo_password").stat().st_mode & 0o777 == 0o600
    assert demo.seed() == logins
    alice = User.objects.get(email="alice@demo.example")
    assert alice.check_password(mine)

    settings.DATA_DIR = tmp_path / "another"
    theirs = password_of(demo.seed())
    alice.refresh_from_db()
    assert theirs != mine and alice.check_password(theirs) and not alice.check_password(mine)


def test_its_staff_sees_the_back_office_and_makes_nobody_staff(logins: str) -> None:
    oscar = User.objects.get(email="oscar@demo.example")
    assert oscar.is_staff and not oscar.is_superuser
    browser = Client()
    log_in(browser, oscar)
    for page in ("admin:index", "admin:accounts_organization_changelist", "admin:tokens_bucket_changelist", "business"):
        assert browser.get(reverse(page)).status_code == 200, page
    assert oscar.has_perm("tokens.change_account") and oscar.has_perm("accounts.view_user")
    assert not oscar.has_perm("accounts.change_user") and not oscar.has_perm("auth.change_group")
    edit = reverse("admin:accounts_user_change", args=[oscar.pk])
    browser.post(edit, {"is_superuser": "on", "is_staff": "on", "is_active": "on"})
    oscar.refresh_from_db()
    assert not oscar.is_superuser


def test_production_refuses_it_until_it_is_removed(logins: str, settings: Any) -> None:
    alice = User.objects.get(email="alice@demo.example")
    [membership] = memberships_of(alice.pk)
    browser = Client()
    assert browser.login(username="alice@demo.example", password=password_of(logins))
    with tenancy.organization(membership.organization.pk):
        create_goal(title="A new oven", target_amount=Decimal(4000), by=alice.pk)
    settings.PRODUCTION = True
    [refused] = no_demo()
    assert "alice@demo.example, bob@demo.example, oscar@demo.example" in refused and "remove_demo" in refused

    output = StringIO()
    call_command("remove_demo", stdout=output)
    assert f"{membership.organization.name}: closed" in output.getvalue()
    assert list(no_demo()) == []
    before = alice.session_epoch
    alice.refresh_from_db()
    assert alice.session_epoch == before + 1, "open pages end, too"
    with tenancy.system():
        [ended] = Event.objects.filter(organization_id=PLATFORM, kind="user.sessions_ended", data__user=str(alice.pk))
    assert ended.reason == demo.REASON
    assert not alice.is_active and not alice.has_usable_password() and "demo.example" not in alice.email
    assert not User.objects.filter(pk__in=[alice.pk], is_staff=True).exists()
    assert browser.get("/goals").status_code == 302
    with tenancy.organization(membership.organization.pk):
        assert not ApiKey.objects.filter(revoked_at=None).exists()
        assert goals().exists()
        assert verify().breaches == []
    again = StringIO()
    call_command("remove_demo", stdout=again)
    assert again.getvalue() == "There is nobody of the demo.\n"


def test_somebody_elses_organization_stays_open(logins: str, alice: Person) -> None:
    bob = User.objects.get(email="bob@demo.example")
    add_member(organization=memberships_of(alice.user.pk)[0].organization, user=bob, role=Role.MEMBER)
    demo.remove()
    assert memberships_of(alice.user.pk)[0].organization.closed_at is None
    assert alice.organization_id not in [each.organization_id for each in memberships_of(bob.pk)]
    assert alice.get("/goals").status_code == 200


def test_staff_with_the_old_password_of_the_demo_are_found(oscar: Any, settings: Any) -> None:
    settings.PRODUCTION = True
    assert oscar.check_password(PASSWORD) and list(no_demo()) == []
    oscar.set_password(demo.FORMER_PASSWORD)
    oscar.save()
    [refused] = no_demo()
    assert oscar.email in refused
    oscar.set_password(PASSWORD)
    oscar.save()
