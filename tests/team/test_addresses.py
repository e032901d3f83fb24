"""Addresses: one mailbox, one person, in every spelling and after every change; the database holds it."""

import re
from functools import partial
from importlib import import_module
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from saas.accounts.models import User, address_columns, canonical_email
from saas.notifications.tasks import notify
from saas.team.actions import note_export
from tests.conftest import PASSWORD, Person
from tests.machinery import at_once
from tests.notifications.notified import mails


def test_the_canonical_address_follows_a_change_that_saves_the_address_alone(alice: Person) -> None:
    alice.user.email = f"{uuid4().hex}@xn--bcher-kva.example"
    alice.user.save(update_fields=["email"])  # as allauth does
    alice.user.refresh_from_db()
    assert alice.user.canonical_email == canonical_email(alice.user.email)


@pytest.mark.parametrize("columns", [{"email": "{}@b.example"}, {"email": "{}@b.example", "canonical_email": "x{}@y"}])
def test_the_database_refuses_an_address_without_its_canonical_one(alice: Person, columns: dict[str, str]) -> None:
    values = {name: text.format(uuid4().hex) for name, text in columns.items()}
    with pytest.raises(IntegrityError):
        User.objects.filter(id=alice.user.pk).update(**values)
    lie = {**address_columns(values["email"]), "canonical_email": f"{uuid4().hex}@b.example"}
    with pytest.raises(IntegrityError):
        User.objects.filter(id=alice.user.pk).update(**lie)
    assert User.objects.filter(id=alice.user.pk).update(**address_columns(values["email"])) == 1


def test_the_migration_recomputes_and_leaves_clashes_to_staff(
    alice: Person, mallory: Person, superuser: psycopg.Connection, caplog: Any
) -> None:
    name = uuid4().hex
    User.objects.filter(id=alice.user.pk).update(**address_columns(f"{name}@xn--bcher-kva.example"))
    superuser.execute(
        "UPDATE accounts_user SET email = %(a)s, canonical_email = %(b)s, canonical_email_source = %(a)s"
        " WHERE id = %(id)s",
        {"a": f"{name}@bücher.example", "b": f"{name}@stale.example", "id": mallory.user.pk},
    )
    migration: Any = import_module("saas.accounts.migrations.0006_canonical_addresses")

    class Editor:
        connection = connections["default"]

    migration.recompute(apps, Editor)
    assert f"person {mallory.user.pk} has another spelling of person {alice.user.pk}'s" in caplog.text
    person = User.objects.get(id=mallory.user.pk)
    assert person.canonical_email is None
    person.set_password("another horse battery staple")
    person.save()  # and goes on working
    person.email = f"{uuid4().hex}@example.com"
    person.save(update_fields=["email"])
    assert User.objects.get(id=mallory.user.pk).canonical_email == person.email


def test_a_person_made_with_capitals_logs_in_and_is_found(business: Any) -> None:
    from saas.backoffice.organizations import bootstrap

    name = uuid4().hex
    made = bootstrap(organization=f"Capital {name}", email=f"Owner{name}@X.example", password=PASSWORD, plan="starter")
    assert made.user.email == f"owner{name}@x.example"
    assert EmailAddress.objects.get(user=made.user).email == made.user.email
    for number, typed in enumerate((f"Owner{name}@X.example", f"owner{name}@x.example")):
        answer = Client().post(
            "/accounts/login/", {"login": typed, "password": PASSWORD}, REMOTE_ADDR=f"10.90.{number}.1"
        )
        assert answer.status_code == 302, typed
    again = Client(raise_request_exception=False).post(
        "/accounts/signup/",
        {"email": f"OWNER{name}@x.example", "password1": PASSWORD, "organization": "Capital"},
        REMOTE_ADDR="10.90.3.1",
    )
    assert again.status_code in (200, 302) and User.objects.filter(email__icontains=name).count() == 1


SIGN_UP = "/accounts/signup/"


def _sign_up(address: str, host: str) -> Any:
    mail.outbox.clear()
    browser = Client()
    fields = {"email": address, "password1": PASSWORD, "organization": "Juniper"}
    with CaptureQueriesContext(connection) as made:
        answer = browser.post(SIGN_UP, fields, REMOTE_ADDR=host)
    writes = sorted(re.findall(r'INSERT INTO "?(\w+)', " ".join(each["sql"] for each in made.captured_queries)))
    return answer.status_code, answer.headers["Location"], browser.get(answer.headers["Location"]).content, writes


def test_signing_up_tells_nobody_whose_address_has_an_account(alice: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    name = uuid4().hex
    User.objects.filter(id=alice.user.pk).update(**address_columns(f"{name}@xn--bcher-kva.example"))
    new, *known = [
        _sign_up(address, f"10.91.{number}.1")
        for number, address in enumerate(
            [f"{uuid4().hex}@xn--bcher-kva.example", f"{name}@xn--bcher-kva.example", f"{name}@bücher.example"]
        )
    ]
    for each in known:
        assert each[:2] == new[:2]
        # The same work, down to the rows: the account that is there already is made again and undone.
        assert set(new[3]) <= set(each[3])
    assert [message.to for message in mail.outbox] == [[f"{name}@bücher.example"]]
    assert (
        "already exists" in mail.outbox[0].body and User.objects.filter(email__endswith="undone.invalid").count() == 0
    )


def test_two_sign_ups_at_once_make_one_account(settings: Any) -> None:
    address = f"{uuid4().hex}@example.com"
    fields = {"email": address, "password1": PASSWORD, "organization": "Juniper"}

    def sign_up(number: int) -> int:
        client = Client(raise_request_exception=False)
        return client.post(SIGN_UP, fields, REMOTE_ADDR=f"10.92.{number}.1").status_code

    statuses = at_once([partial(sign_up, number) for number in range(4)])
    assert User.objects.filter(email=address).count() == 1
    assert statuses.count(302) >= 1 and set(statuses) <= {200, 302, 409}


def test_an_address_becomes_primary_when_verified_and_never_another_spelling_of_somebodys(
    alice: Person, mallory: Person, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    browser, own = mallory.browser(), mallory.user.email
    name = uuid4().hex
    User.objects.filter(id=alice.user.pk).update(**address_columns(f"{name}@xn--bcher-kva.example"))
    added = EmailAddress.objects.create(user=mallory.user, email=f"{name}@bücher.example")

    def make_primary() -> str:
        assert browser.post("/accounts/email/", {"action_primary": "", "email": added.email}).status_code == 302
        return User.objects.get(id=mallory.user.pk).email

    assert make_primary() == own, "not verified"
    EmailAddress.objects.filter(id=added.id).update(verified=True)
    assert make_primary() == own, "another spelling of alice's"
    assert EmailAddress.objects.get_primary(mallory.user).email == own
    User.objects.filter(id=alice.user.pk).update(**address_columns(f"{uuid4().hex}@example.com"))
    assert make_primary() == added.email


UNSENDABLE = ["a@\u202ex.example", "a@x\u00ad\u202c.example", "\u0131@x.example", "\u0130@x.example", "a@[127.0.0.1]"]
"""What address forms let through, and no envelope, or no stranger's machine, takes."""

SPELLINGS = [
    "a@b.co\u200b",
    "\u212a@x.example",
    "\u017f@x.example",
    f"a@{chr(0xFDFA) * 30}.example",
    f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.example",
    f"{'a' * 64}@{'b' * 63}.example",
    "a@-b.example",
    "a@xn--.example",
    "a@b..example",
    "A@\u3002example",
    "\u0000@x.example",
    "@",
    " ",
    *UNSENDABLE,
]


def test_no_spelling_of_an_address_breaks_a_page(alice: Person, settings: Any) -> None:
    for mandatory in ("mandatory", "optional"):
        settings.ACCOUNT_EMAIL_VERIFICATION = mandatory
        browser = alice.browser()
        browser.raise_request_exception = False
        for number, address in enumerate(SPELLINGS):
            client, host = Client(raise_request_exception=False), f"10.97.{number}.1"
            own = address.replace("a@", f"{uuid4().hex}@", 1)
            fields = {"email": own, "password1": PASSWORD, "organization": "Juniper"}
            answers = [
                client.post(SIGN_UP, fields, REMOTE_ADDR=host),
                Client(raise_request_exception=False).post(
                    "/accounts/login/", {"login": own, "password": "x"}, REMOTE_ADDR=host
                ),
                Client(raise_request_exception=False).post(
                    "/accounts/password/reset/", {"email": own}, REMOTE_ADDR=host
                ),
                browser.post("/team/invitations", {"email": own, "role": "member"}),
            ]
            assert all(answer.status_code < 500 for answer in answers), ascii(own)


@pytest.mark.parametrize("address", UNSENDABLE, ids=ascii)
def test_an_address_that_cannot_be_mailed_is_refused(alice: Person, settings: Any, address: str) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    fields = {"email": address, "password1": PASSWORD, "organization": "Juniper"}
    assert Client().post(SIGN_UP, fields).context["form"].errors["email"] == ["Enter a valid email address."]
    reset = Client().post("/accounts/password/reset/", {"email": address})
    assert reset.context["form"].errors["email"] == ["Enter a valid email address."]
    browser = alice.browser()
    assert browser.post("/accounts/email/", {"action_add": "", "email": address}).status_code == 200
    assert browser.post("/team/invitations", {"email": address, "role": "member"}).status_code == 422
    assert mail.outbox == []


@pytest.mark.slow
def test_in_production_mail_goes_to_verified_addresses_only(alice: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for verified in (False, True):
        EmailAddress.objects.filter(user=alice.user).update(verified=verified)
        with alice.acting():
            note_export(by=alice.user)
        mail.outbox.clear()
        notify()
        assert bool(mails(alice.user)) is verified


@pytest.mark.parametrize("is_own", [True, False])
def test_the_link_logs_in_the_browser_that_signed_up_and_no_other(is_own: bool, settings: Any) -> None:
    """docs/asvs.md, 7.6.2: a link that leaks gives nobody a session."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    own, other, page = Client(REMOTE_ADDR="10.92.0.1"), Client(REMOTE_ADDR="10.92.0.2"), "/accounts/confirm-email/"
    fields = {"email": f"{uuid4().hex}@example.com", "password1": PASSWORD, "organization": "Juniper"}
    assert own.post(SIGN_UP, fields)["Location"] == page
    mail.outbox.clear()
    for browser in (own, other):
        assert ("Send the link again" in browser.post(page, follow=True).content.decode()) == (browser is own)
    [again] = mail.outbox
    assert again.to == [fields["email"]], "sent again to who signed up here, once"
    [link] = re.findall(r"/accounts/confirm-email/[^/\s]+/", str(again.body))
    browser = own if is_own else other
    assert browser.get(link).status_code == 200 and "_auth_user_id" not in browser.session, "opening it is no act"
    assert browser.post(link).status_code == 302 and ("_auth_user_id" in browser.session) == is_own
    assert EmailAddress.objects.get(email=fields["email"]).verified
