"""Members and invitations over the API: roles, the plan's room, and what ends with a membership."""

import re
from typing import Any
from uuid import uuid4

from django.core import mail

from audit.models import Event
from saas.accounts.models import Membership
from saas.team.actions import accept_invitation, set_quota
from tests.answers import refusal
from tests.conftest import Person, hire
from tests.team.people import place
from tokens.kinds import QuotaScope


def test_an_invited_person_joins_in_role_and_department(business: Any, mallory: Person) -> None:
    alice = business("enterprise")
    department = alice.post("/departments", {"name": "Kitchen"}).json()["id"]
    body = {"email": mallory.user.email, "role": "admin", "department": department}
    invited = alice.post("/members", body)
    assert invited.status_code == 201 and "secret" not in invited.content.decode()
    again = alice.post("/members", body).json()
    [waiting] = alice.get("/invitations").json()["data"]
    assert waiting["id"] == again["id"] != invited.json()["id"], "inviting again replaces the invitation"
    [link] = [line for line in mail.outbox[-1].body.split() if "/invitations/" in line]
    accept_invitation(secret=link.rsplit("/", 1)[1], user=mallory.user)
    assert alice.get("/invitations").json()["data"] == []
    [joined] = alice.get("/members", role="admin", department=department).json()["data"]
    assert (joined["user"], joined["used"], joined["quota"]) == (str(mallory.user.pk), 0, None)
    assert refusal(alice.post("/members", body)) == (409, "conflict")


def test_open_invitations_take_the_plans_room(business: Any) -> None:
    starter = business("starter")
    waiting = starter.post("/members", {"email": f"{uuid4().hex}@example.com"}).json()
    full = starter.post("/members", {"email": f"{uuid4().hex}@example.com"})
    assert refusal(full) == (403, "feature_not_in_plan") and full.json()["limit"] == 2
    assert starter.delete(f"/invitations/{waiting['id']}").status_code == 204
    assert refusal(starter.delete(f"/invitations/{waiting['id']}")) == (404, "not_found")
    assert starter.post("/members", {"email": f"{uuid4().hex}@example.com"}).status_code == 201


def test_admins_neither_make_nor_touch_owners_and_members_manage_nothing(alice: Person, bob: Person) -> None:
    admin = hire(alice, "admin")
    owning = [
        admin.post("/members", {"email": "new@example.com", "role": "owner"}),
        admin.patch(place(bob), {"role": "owner"}),
        admin.patch(place(admin), {"role": "owner"}),
        admin.patch(place(alice), {"department": None}),
        admin.delete(place(alice)),
    ]
    assert [refusal(each) for each in owning] == [(403, "forbidden")] * len(owning)
    assert refusal(bob.post("/members", {"email": "new@example.com"}))[0] == 403
    assert bob.get("/members").status_code == 200
    assert admin.patch(place(bob), {"role": "admin"}).json()["role"] == "admin"


def test_one_owner_stays(alice: Person) -> None:
    admin = hire(alice, "admin")
    assert refusal(alice.delete(place(alice))) == (409, "conflict")
    assert refusal(alice.patch(place(alice), {"role": "member"})) == (409, "conflict")
    assert alice.patch(place(admin), {"role": "owner"}).status_code == 200
    assert admin.delete(place(alice)).status_code == 204


def test_nobody_is_offered_to_remove_the_last_owner(alice: Person, bob: Person) -> None:
    browser = alice.browser()
    with alice.acting():
        mine, his = (Membership.objects.get(user=each.user).id for each in (alice, bob))
    offers = {
        "her page": browser.get(f"/team/members/{mine}"),
        "his page": browser.get(f"/team/members/{his}"),
        "her settings": browser.get("/settings/profile"),
        "his settings": bob.browser().get("/settings/profile"),
    }
    offered = {
        name: re.findall(r">(Remove from the team|Leave now)</button>", page.content.decode())
        for name, page in offers.items()
    }
    assert offered == {
        "her page": [], "his page": ["Remove from the team"], "her settings": [], "his settings": ["Leave now"],
    }  # fmt: skip
    assert b"Make somebody else an owner first" in offers["her page"].content
    assert "last login" in browser.get("/team").content.decode()
    assert "last login" not in bob.browser().get("/team").content.decode()


def test_people_leave_by_themselves_but_for_the_last_owner(alice: Person, bob: Person) -> None:
    browser = bob.browser()
    assert browser.post("/settings/leave").headers["Location"] == "/"
    assert bob.get("/license").status_code == 401 and browser.get("/goals").status_code == 403
    last = alice.browser().post("/settings/leave", follow=True)
    assert "the organization&#x27;s last owner" in last.content.decode()
    assert alice.get("/license").status_code == 200
    with alice.acting():
        [left] = Event.objects.filter(kind="member.removed")
    assert (left.data["user"], left.reason) == (str(bob.user.pk), "left")


def test_keys_and_quota_end_with_the_membership(business: Any) -> None:
    alice = business("enterprise")
    bob = hire(alice)
    with alice.acting():
        set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=5)
    assert alice.delete(place(bob)).status_code == 204
    assert bob.get("/license").status_code == 401
    assert alice.get("/quotas").json()["data"] == []
