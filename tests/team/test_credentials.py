"""What lets somebody in ends with the person: sessions, keys, test keys, invitations, open pages."""

import json
from typing import Any
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.test import Client

from audit.models import PLATFORM, Event
from saas.accounts.models import ApiKey, Invitation, Membership, Role, User
from saas.kernel import tenancy
from saas.kernel.actor import Actor, acting_as
from saas.kernel.errors import Forbidden, NotFound
from saas.team import actions
from tests.admin.confirmed_actions import do
from tests.answers import refusal
from tests.conftest import Person, hire, log_in
from tests.team.people import make, place, using

HTMX = {"HX-Request": "true"}


@pytest.fixture
def staff(oscar: Any) -> Client:
    """Oscar's browser."""
    client = Client()
    log_in(client, oscar)
    return client


def push(browser: Client) -> Any:
    """Send what an open page of the offline application sends."""
    data = {"title": "Grow", "target_amount": "1.00"}
    change = {"client_change_id": str(uuid4()), "type": "goal", "id": str(uuid4()), "base_version": 0, "data": data}
    body = {"changes": [change]}
    return browser.post("/api/v1/sync", json.dumps(body), "application/json")


def invited_by(person: Person) -> str:
    """Let the person invite somebody; return the invitation's secret."""
    with person.acting():
        made = actions.invite(email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=person.user)
    return made.mailed_secret


def set_membership(person: Person, user: Any, role: str = "member") -> None:
    with person.acting():
        Membership.objects.create(user=user, role=role)


def platform_events(kind: str, user: Any) -> list[Event]:
    with tenancy.system():
        found = Event.objects.filter(organization_id=PLATFORM, kind=kind, data__user=str(user.pk))
        return list(found.order_by("seq"))


def test_a_key_of_a_deactivated_person_opens_nothing(alice: Person) -> None:
    """S3: `is_active` is part of the one query that looks a key up."""
    test_key = using(alice, make(alice, "read", mode="test").json()["key"])
    assert (alice.get("/account").status_code, test_key.get("/account").status_code) == (200, 200)
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    assert refusal(alice.get("/account")) == (401, "invalid_api_key")
    assert refusal(alice.post("/goals", {"title": "Grow", "target_amount": "1.00"})) == (401, "invalid_api_key")
    assert refusal(alice.post("/api-keys", {"name": "mine", "scopes": ["read"]})) == (401, "invalid_api_key")
    assert refusal(test_key.get("/account")) == (401, "invalid_api_key")


def test_blocking_ends_every_way_in_and_unblocking_brings_none_back(staff: Client, business: Any) -> None:
    """S3, S15: sessions, keys, test keys, invitation links and open pages, in every organization."""
    alice, other = business("enterprise"), business()
    admin = hire(alice, "admin")
    set_membership(other, admin.user, "admin")
    with other.acting():
        elsewhere = actions.create_api_key(name="till", scopes=["read"], by=admin.user).secret
    test_key = make(admin, "read", mode="test").json()["key"]
    keys = [admin, using(admin, test_key), using(admin, elsewhere)]
    secret, browser = invited_by(admin), admin.browser()
    assert [key.get("/account").status_code for key in keys] == [200] * 3
    assert browser.get("/goals").status_code == 200
    shown = do(staff, "accounts.User", "block", admin.user.pk, reason="stolen laptop")
    assert "logged out everywhere" in shown[0]

    assert [refusal(key.get("/account")) for key in keys] == [(401, "invalid_api_key")] * 3
    assert browser.get("/goals").headers["Location"].startswith("/accounts/login/")
    assert browser.get("/goals", headers=HTMX).status_code == 401
    assert push(browser).status_code == 401
    with pytest.raises(NotFound):
        actions.find_invitation(secret)
    [blocked] = platform_events("user.blocked", admin.user)
    assert (blocked.reason, blocked.actor["kind"]) == ("stolen laptop", "staff")

    assert "can log in again" in do(staff, "accounts.User", "unblock", admin.user.pk, reason="found")[0]
    assert [refusal(key.get("/account")) for key in keys] == [(401, "invalid_api_key")] * 3
    assert browser.get("/goals").headers["Location"].startswith("/accounts/login/")
    with pytest.raises(NotFound):
        actions.find_invitation(secret)


def test_keys_and_invitations_of_a_removed_member_stay_dead(business: Any) -> None:
    """S7: not even joining again brings them back."""
    alice = business("enterprise")
    admin = hire(alice, "admin")
    test_key = using(admin, make(admin, "read", mode="test").json()["key"])
    secret = invited_by(admin)
    assert alice.delete(place(admin)).status_code == 204
    set_membership(alice, admin.user, "admin")
    assert refusal(admin.get("/account")) == refusal(test_key.get("/account")) == (401, "invalid_api_key")
    with pytest.raises(NotFound):
        actions.find_invitation(secret)
    with alice.acting():
        assert not ApiKey.objects.filter(created_by=admin.user, revoked_at=None).exists()
        assert Event.objects.filter(kind="api_key.revoked", reason__contains="no longer a member").count() == 2


def test_keys_of_somebody_who_left_stay_dead(alice: Person, bob: Person) -> None:
    """S7, by themselves."""
    assert bob.browser().post("/settings/leave").status_code == 302
    set_membership(alice, bob.user)
    assert refusal(bob.get("/account")) == (401, "invalid_api_key")


def test_a_demotion_narrows_keys_for_good(alice: Person) -> None:
    """S7: promotion later does not widen the old key again."""
    admin = hire(alice, "admin")
    managing = make(admin, "organization:write").json()["key"]
    for role in ("member", "admin"):
        assert alice.patch(place(admin), {"role": role}).status_code == 200
        assert refusal(admin.get("/api-keys")) == (403, "scope_missing")
        assert admin.get("/license").status_code == 200
    assert refusal(using(admin, managing).get("/api-keys")) == (401, "invalid_api_key"), "nothing was left of it"
    with alice.acting():
        [narrowed] = Event.objects.filter(kind="api_key.narrowed")
    assert "organization:write" not in narrowed.data["scopes"]


def test_an_open_page_of_an_organization_left_does_not_write_into_the_next(alice: Person, business: Any) -> None:
    """S3, S7: the person stays logged in, for their other organization."""
    bob = hire(alice)
    browser = bob.browser()
    other = business()
    set_membership(other, bob.user)
    assert browser.get("/goals").status_code == 200
    assert alice.delete(place(bob)).status_code == 204
    for _ in range(2):
        assert push(browser).status_code == 403
        assert browser.post("/goals/new", {"title": "Grow", "target_amount": "1.00"}).status_code == 403
        assert browser.get("/goals", headers=HTMX).status_code == 403
    assert other.get("/goals").json()["data"] == []
    assert browser.get("/goals").status_code == 200
    assert push(browser).status_code == 200


def test_staff_say_who_is_staff_with_a_reason_and_their_groups(staff: Client, alice: Person) -> None:
    """S15."""
    group = Group.objects.create(name=f"support {uuid4().hex[:8]}")
    values = {"is_staff": "on", "groups": [group.pk], "reason": "joins support"}
    assert "staff now" in do(staff, "accounts.User", "set_access", alice.user.pk, **values)[0]
    browser = alice.browser()
    [event] = platform_events("user.access_changed", alice.user)
    assert event.reason == "joins support"
    assert event.data == {
        "user": str(alice.user.pk),
        "from": {"is_staff": False, "is_superuser": False, "groups": []},
        "is_staff": True,
        "is_superuser": False,
        "groups": [group.name],
    }
    assert "not staff now" in do(staff, "accounts.User", "set_access", alice.user.pk, reason="left support")[0]
    assert len(platform_events("user.access_changed", alice.user)) == 2, "a double click changes nothing again"
    assert browser.get("/goals").headers["Location"].startswith("/accounts/login/")
    user = alice.user._meta
    form = f"/admin/{user.app_label}/{user.model_name}/{alice.user.pk}/change/"
    assert staff.post(form, {"is_staff": "on"}).status_code == 403, "there is no other way"


def test_nobody_changes_themselves_and_one_superuser_stays(staff: Client, oscar: Any) -> None:
    """S15."""
    assert "Nobody changes their own access" in do(staff, "accounts.User", "block", oscar.pk, reason="tired")[0]
    given: dict[str, Any] = {"is_staff": False, "is_superuser": False, "groups": [], "reason": "tired"}
    with acting_as(Actor(kind="staff", user_id=oscar.pk)), pytest.raises(Forbidden):
        actions.set_access(user_id=oscar.pk, **given)
    others = User.objects.filter(is_superuser=True).exclude(pk=oscar.pk)
    kept = list(others.values_list("pk", flat=True))
    others.update(is_superuser=False)
    try:
        with pytest.raises(actions.LastSuperuser):
            actions.set_access(user_id=oscar.pk, **given)
        with pytest.raises(actions.LastSuperuser):
            actions.block_person(user_id=oscar.pk, reason="tired")
    finally:
        User.objects.filter(pk__in=kept).update(is_superuser=True)
    assert User.objects.get(pk=oscar.pk).is_superuser


def test_sessions_that_nobody_listed_end_too(alice: Person) -> None:
    """S3: a session is ended by what it carries, not only where it is listed."""
    browser = alice.browser()
    assert browser.get("/goals").status_code == 200
    UserSession.objects.filter(user=alice.user).delete()
    actions.end_sessions(user_id=alice.user.pk, reason="test")
    [ended] = platform_events("user.sessions_ended", alice.user)
    assert (ended.data["sessions"], ended.reason) == (0, "test")
    assert browser.get("/goals").headers["Location"].startswith("/accounts/login/")
    again = Client()
    log_in(again, User.objects.get(pk=alice.user.pk))
    assert again.get("/goals").status_code == 200


def test_an_invitation_sent_by_somebody_removed_is_revoked_in_that_organization_only(business: Any) -> None:
    alice, other = business("enterprise"), business("enterprise")
    admin = hire(alice, "admin")
    set_membership(other, admin.user, "admin")
    gone = invited_by(admin)
    stays = invited_by(Person(other.organization_id, admin.user, "admin", ""))
    assert alice.delete(place(admin)).status_code == 204
    with pytest.raises(NotFound):
        actions.find_invitation(gone)
    assert isinstance(actions.find_invitation(stays), Invitation)
