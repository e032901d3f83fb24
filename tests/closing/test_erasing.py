"""A person is erased: nothing says who they were, and ledger and audit log still verify (S16)."""

import json
from io import StringIO
from time import time
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from marketplace.stripe import gateway
from marketplace.stripe.customers import ensure_customer
from saas.accounts.models import Membership, Role, User
from saas.accounts.queries import find_person
from saas.closing import actions, own_data
from saas.kernel import tenancy
from saas.notifications.tasks import notify
from saas.team import actions as team
from tests.admin.confirmed_actions import do
from tests.answers import refusal
from tests.closing.ledger_and_chains import everything_verifies, where_it_stands
from tests.conftest import PASSWORD, Person, hire, log_in
from tokens.kinds import QuotaScope

pytestmark = pytest.mark.own_database


def logged_in(person: Person) -> Client:
    """Return a browser whose person has just confirmed the password."""
    client = person.browser()
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(person.user.pk)
    session.save()
    return client


@pytest.fixture
def eve(business: Any) -> Person:
    """Somebody with all that a person can leave behind, an admin in an organization of alice's."""
    alice = business("enterprise")
    eve = hire(alice, "admin")
    name = f"Eve {uuid4().hex}"
    with alice.acting():
        team.rename_person(user=eve.user, name=name)
        team.set_quota(scope=QuotaScope.USER, subject_id=eve.user.pk, tokens=5)
        team.ask_for_tokens(caller=eve.caller, tokens=3, note=f"{name} needs them")
        team.invite(email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=eve.user)
    second = f"second-{uuid4().hex}@example.com"
    EmailAddress.objects.create(user=eve.user, email=second, verified=True)
    Authenticator.objects.create(user=eve.user, type="totp", data={"secret": "x"})
    with tenancy.organization(business("enterprise").organization_id):
        made = team.invite(email=eve.user.email, role=Role.MEMBER, department_id=None, by=alice.user)
        secret = made.mailed_secret
    team.accept_invitation(secret=secret, user=User.objects.get(pk=eve.user.pk))
    notify()
    return eve


def test_nothing_in_the_database_says_who_an_erased_person_was(eve: Person) -> None:
    logged_in(eve)
    person = User.objects.get(pk=eve.user.pk)
    words = [person.name, *EmailAddress.objects.filter(user=person).values_list("email", flat=True)]
    assert len(words) == 3 and where_it_stands(words)
    said = StringIO()
    call_command("erase_person", words[-1].upper(), "--reason", "asked", stdout=said)
    assert str(person.pk) in said.getvalue()
    assert where_it_stands(words) == []
    assert refusal(eve.get("/account")) == (401, "invalid_api_key")
    for model in (EmailAddress, Authenticator, UserSession):
        assert not model.objects.filter(user=person).exists()
    with tenancy.system():
        assert not Membership.objects.filter(user=person).exists()
    assert everything_verifies()
    with pytest.raises(CommandError, match="Nobody has this address"):
        call_command("erase_person", words[-1])
    assert actions.erase_person(user_id=person.pk, reason="again") is False


def test_the_last_owner_hands_over_or_closes_first(alice: Person, bob: Person) -> None:
    with pytest.raises(CommandError, match=r"last owner of Juniper Bakery .*close the organization"):
        call_command("erase_person", alice.user.email)
    assert alice.get("/account").status_code == 200 and find_person(alice.user.email) == alice.user
    with alice.acting():
        team.change_member(membership_id=Membership.objects.get(user=bob.user).pk, by=None, role=Role.OWNER)
    assert actions.erase_person(user_id=alice.user.pk, reason="asked")
    with alice.acting():
        assert [member.user for member in Membership.objects.all()] == [bob.user]


def test_stripe_gets_the_next_owner_as_contact(alice: Person, bob: Person) -> None:
    with alice.acting():
        team.change_member(membership_id=Membership.objects.get(user=bob.user).pk, by=None, role=Role.OWNER)
        customer_id = ensure_customer().customer_id
    assert [contact.customer_id for contact in gateway.contacts_at(alice.user.email)] == [customer_id]
    actions.erase_person(user_id=alice.user.pk, reason="asked")
    assert gateway.contacts_at(alice.user.email) == []
    assert [contact.customer_id for contact in gateway.contacts_at(bob.user.email)] == [customer_id]


def test_without_stripe_nothing_is_erased_and_asking_again_goes_on(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(email: str) -> Any:
        assert not connection.in_atomic_block
        raise gateway.PaymentsUnavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "contacts_at", away)
        with pytest.raises(gateway.PaymentsUnavailable):
            actions.erase_person(user_id=bob.user.pk, reason="asked")
    assert bob.get("/account").status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(team, "forget_person", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.erase_person(user_id=bob.user.pk, reason="asked")
    assert bob.get("/account").status_code == 401 and find_person(bob.user.email) == bob.user
    assert actions.erase_person(user_id=bob.user.pk, reason="asked")
    assert find_person(bob.user.email) is None and everything_verifies()


def test_a_person_erases_themselves_after_the_password_and_their_address(bob: Person) -> None:
    stale = bob.browser()
    session = stale.session
    session["account_authentication_methods"] = []
    session.save()
    asked = stale.post("/settings/you/erase", {"confirmation": bob.user.email})
    assert asked.status_code == 302 and "reauthenticate" in asked.headers["Location"]
    browser = logged_in(bob)
    wrong = browser.post("/settings/you/erase", {"confirmation": "somebody@example.com"})
    assert wrong.status_code == 422 and "This is not your address" in wrong.content.decode()
    done = browser.post("/settings/you/erase", {"confirmation": bob.user.email.upper()})
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert find_person(bob.user.email) is None
    assert browser.get("/goals").headers["Location"].startswith("/accounts/login/")


def test_a_last_owner_reads_on_the_page_what_to_do_first(alice: Person) -> None:
    refused = logged_in(alice).post("/settings/you/erase", {"confirmation": alice.user.email})
    assert refused.status_code == 409 and "Make somebody else an owner" in refused.content.decode()
    assert alice.get("/account").status_code == 200


def test_staff_erase_with_a_reason(oscar: Any, bob: Person) -> None:
    staff = Client()
    log_in(staff, oscar)
    shown = do(staff, "accounts.User", "erase", bob.user.pk, reason="asked by mail")
    assert "leads to nobody" in shown[0] and "erased already" in shown[-1]
    assert User.objects.get(pk=bob.user.pk).name == "Erased person"


def test_a_person_takes_their_own_data_out_without_secrets(eve: Person) -> None:
    browser = logged_in(eve)
    answer = browser.post("/settings/you/export")
    assert answer.headers["Content-Disposition"].startswith("attachment") and "no-store" in answer["Cache-Control"]
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    document = json.loads(text)
    assert document["person"]["email"] == eve.user.email
    assert len(document["memberships"]) == 2 and len(document["email_addresses"]) == 2
    assert [row["name"] for row in document["api_keys"]] == ["test"]
    assert document["second_factors"][0]["type"] == "totp" and document["token_requests"][0]["tokens"] == 3
    assert "secret" not in text and eve.api_key not in text
    assert [row["email"] for row in document["invitations_received"]] == [eve.user.email]


def test_every_reference_to_a_person_is_in_their_document_or_left_out_for_a_reason() -> None:
    references = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is User
    }
    taken = {f"{label}.{reference}" for label, reference, _ in own_data.OWN.values()}
    assert references == taken | set(own_data.LEFT_OUT) and not taken & set(own_data.LEFT_OUT)


def test_after_a_change_of_password_the_page_offers_to_end_keys(alice: Person) -> None:
    """S25."""
    browser = logged_in(alice)
    changed = {"oldpassword": PASSWORD, "password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!"}
    answer = browser.post("/accounts/password/change/", changed)
    assert answer.headers["Location"] == "/settings/you?changed"
    browser.post("/accounts/login/", {"login": alice.user.email, "password": f"{PASSWORD}!"})
    page = browser.get("/settings/you?changed").content.decode()
    assert "Your API keys still work" in page and "End all my keys" in page
    assert "/settings/you?changed" in browser.get("/accounts/email/").content.decode()
    assert alice.get("/account").status_code == 200
    browser.post("/settings/you/keys/end")
    assert refusal(alice.get("/account")) == (401, "invalid_api_key")
