"""Invitations: who has the mailbox joins, nobody is pestered, and nobody's words stand in our subjects."""

from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from saas.accounts.models import Invitation, Membership, Organization, Role, User
from saas.kernel.errors import Forbidden, Invalid
from saas.team import actions, invitations
from tests.conftest import PASSWORD, Person, open_business

WRONG_NAMES = [
    "You won - claim at https://evil.example",
    "WWW.evil.example",
    "\uff57\uff57\uff57.evil.example",
    "x ://y",
    "\u202e",
    " ",
]


def address() -> str:
    return f"{uuid4().hex}@example.com"


def ask(person: Person, email: str) -> Any:
    return person.post("/members", {"email": email})


def link_in_mail() -> str:
    [link] = [word for word in mail.outbox[-1].body.split() if "/invitations/" in word]
    return "/" + link.split("/", 3)[3]


def is_member(person: Person, email: str) -> bool:
    with person.acting():
        return Membership.objects.filter(user__email=email).exists()


def sign_up(browser: Client, email: str, host: str) -> Any:
    return browser.post("/accounts/signup/", {"email": email, "password1": PASSWORD}, REMOTE_ADDR=host)


def test_the_mailed_link_verifies_and_the_shown_one_does_not(alice: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for number, by_mail in enumerate((True, False)):
        carl = address()
        with alice.acting():
            made = actions.invite(email=carl, role=Role.MEMBER, department_id=None, by=alice.user)
        browser = Client()
        secret = made.mailed_secret if by_mail else made.shown_secret
        assert browser.get(f"/invitations/{secret}").status_code == 200
        answer = sign_up(browser, carl, f"10.95.{number}.1")
        assert is_member(alice, carl) is by_mail
        assert EmailAddress.objects.get(email=carl).verified is by_mail
        assert (answer.headers["Location"] == "/") is by_mail
        if not by_mail:
            squatter = User.objects.get(email=carl)
            with pytest.raises(Forbidden, match="open the link in our mail"):
                actions.accept_invitation(secret=secret, user=squatter)
            EmailAddress.objects.filter(email=carl).update(verified=True)
            entered = browser.post("/accounts/login/", {"login": carl, "password": PASSWORD}, REMOTE_ADDR="10.95.9.1")
            assert entered.headers["Location"] == f"/invitations/{secret}"
            assert browser.post(entered.headers["Location"]).status_code == 302 and is_member(alice, carl)


def test_who_gave_an_address_up_accepts_nothing_for_it_and_its_owner_does(alice: Person, mallory: Person) -> None:
    old, new = mallory.user.email, address()
    EmailAddress.objects.create(user=mallory.user, email=new, verified=True).set_as_primary()
    EmailAddress.objects.get(user=mallory.user, email=old).remove()
    user = User.objects.get(id=mallory.user.pk)
    with alice.acting():
        given_up = actions.invite(email=old, role=Role.MEMBER, department_id=None, by=alice.user)
        own = actions.invite(email=new, role=Role.MEMBER, department_id=None, by=alice.user)
    with pytest.raises(Forbidden):
        actions.accept_invitation(secret=given_up.mailed_secret, user=user)
    assert actions.accept_invitation(secret=own.mailed_secret, user=user).user_id == user.pk


def test_the_page_shows_the_link_where_no_mail_goes_out_and_only_there(alice: Person, settings: Any) -> None:
    browser = alice.browser()
    shown = browser.post("/team/invitations", {"email": address(), "role": "member"}, follow=True).content.decode()
    assert "We sent them the link." in shown and "/invitations/" not in shown.split("Open invitations")[0]
    mailed = link_in_mail()
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    shown = browser.post("/team/invitations", {"email": address(), "role": "member"}, follow=True).content.decode()
    assert "Give them this link" in shown and mailed not in shown


def test_the_page_does_not_tell_whether_an_address_has_an_account(alice: Person, mallory: Person) -> None:
    texts = []
    for email in (mallory.user.email, address()):
        with alice.acting():
            made = actions.invite(email=email, role=Role.MEMBER, department_id=None, by=alice.user)
        page = Client().get(f"/invitations/{made.shown_secret}").content.decode()
        page = page.split("<main")[1].split("</main>")[0].replace(email, "").replace(made.shown_secret, "")
        texts.append(page)
    assert texts[0] == texts[1]


def test_an_organization_invites_so_many_a_day_revoked_ones_included() -> None:
    starter = open_business("starter")
    for _ in range(20):
        made = ask(starter, address())
        assert made.status_code == 201
        assert starter.delete(f"/invitations/{made.json()['id']}").status_code == 204
    late = ask(starter, address())
    assert (late.status_code, late.json()["code"], late.json()["limit"]) == (429, "rate_limited", 20)
    with starter.acting():
        assert Invitation.objects.count() == 20


def test_an_address_gets_one_mail_a_day_from_all_organizations(alice: Person, mallory: Person) -> None:
    mail.outbox.clear()
    email = address()
    for person, spelling in ((alice, email), (alice, email.upper()), (mallory, email)):
        assert ask(person, spelling).status_code == 201
    assert [message.to for message in mail.outbox] == [[email]]
    with mallory.acting():
        _, link = invitations.send(email=email, role=Role.MEMBER, department_id=None, by=mallory.user)
    assert link, "the inviter can hand it over"
    secret = link_in_mail().rsplit("/", 1)[1]
    found = actions.find_invitation(secret)
    with alice.acting():
        assert found == Invitation.objects.get(revoked_at=None) and actions.came_by_mail(found, secret)


def test_only_who_is_verified_invites(alice: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.filter(user=alice.user).update(verified=False)
    refused = ask(alice, address())
    assert refused.status_code == 403 and "your own e-mail address" in refused.json()["detail"]


def test_names_carry_no_address_and_no_line_break_whichever_way_they_are_written(alice: Person) -> None:
    browser = alice.browser()
    for number, name in enumerate(WRONG_NAMES):
        answer = browser.post("/settings", {"name": name, "timezone": "UTC"})
        assert answer.status_code == 422, name
        signed = Client().post(
            "/accounts/signup/",
            {"email": address(), "password1": PASSWORD, "organization": name},
            REMOTE_ADDR=f"10.96.{number}.1",
        )
        assert signed.status_code == (200 if name.strip() else 302), "who leaves the name empty gives it later"
        with alice.acting(), pytest.raises(Invalid):
            actions.update_organization(name=name, timezone="UTC")
    browser.post("/settings/profile", {"name": "see www.evil.example"})
    assert "evil" not in User.objects.get(id=alice.user.pk).name
    with alice.acting():
        Organization.objects.update(name="Juniper\r\nBcc: all@example.com \u202eBakery\x07")
        assert Organization.objects.get().name == "Juniper Bcc: all@example.com Bakery"
    mail.outbox.clear()
    assert ask(alice, address()).status_code == 201
    subject = mail.outbox[0].subject
    assert "Juniper" not in subject and str(alice.user) not in subject and mail.outbox[0].message()
