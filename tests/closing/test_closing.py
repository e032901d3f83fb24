"""Closing an organization: who may, what ends with it, what stays, and that nothing comes back by itself."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.utils.html import escape

from audit.models import Event
from marketplace.gifts import offers
from marketplace.models import PackOrder, TopUp
from marketplace.models.gifts import Gift
from marketplace.packs import orders, topup
from marketplace.packs.topup import wanted
from plans.actions import refresh_due
from plans.models import Subscription
from plans.queries import entitlements
from saas.accounts.callers import OrganizationIsClosed
from saas.accounts.models import ApiKey, Invitation, KeyMode, Membership, Organization, Role
from saas.closing import queries
from saas.closing.actions import NotCloser, WrongName, close
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.notifications.tasks import notify
from saas.team import actions as team
from saas.webhooks.actions import create_endpoint
from saas.webhooks.models import Endpoint
from tests.answers import streamed
from tests.closing.conftest import closed_at, kinds, name_of, reserve, shut
from tests.conftest import Person, hire, log_in
from tests.notifications.notified import notified_kinds
from tokens.actions import grant, resume
from tokens.kinds import Source
from tokens.queries import position
from tokens.tasks import watch

pytestmark = pytest.mark.own_database


def test_only_an_owner_closes_and_only_by_its_name(alice: Person, bob: Person) -> None:
    admin = hire(alice, "admin")
    for person in (bob, admin):
        assert person.browser().get("/settings/close").status_code == 403
        answer = person.browser().post("/settings/close", {"name": name_of(alice)})
        assert answer.status_code == 403
        with person.acting(), pytest.raises(NotCloser):
            close(caller=person.caller, name=name_of(alice))
    before = kinds(alice)
    wrong = alice.browser().post("/settings/close", {"name": name_of(alice).upper(), "reason": "x"})
    assert wrong.status_code == 422 and "not the organization" in wrong.content.decode()
    assert alice.browser().post("/settings/close", {"name": ""}).status_code == 422
    with alice.acting(), pytest.raises(WrongName):
        close(caller=alice.caller, name="another")
    assert closed_at(alice) is None and kinds(alice) == before
    assert alice.get("/account").status_code == 200


def test_everything_that_acts_or_buys_ends_in_one_commit(business: Any) -> None:
    alice = business("enterprise")
    bob = hire(alice)
    with alice.acting():
        test_key = team.create_api_key(name="t", scopes=["read"], by=alice.user, mode=KeyMode.TEST).secret
        team.invite(email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=alice.user)
        create_endpoint(url="https://example.com/hook", kinds=["*"])
        offers.offer_tokens(tokens=5, note="", reason="a gift", by=alice.user.pk, request_key="gift")
        topup.set_topup(
            caller=alice.caller, enabled=True, pack_key="pack_500", below_tokens=5000, monthly_cap=Decimal(500)
        )
        order = orders.place_order(caller=alice.caller, pack_key="pack_500")
        grant(source=Source.PURCHASE, tokens=500, business_key="pack", reason="a pack")
        held = reserve(alice)
        assert (queries.ending().tokens, queries.ending().keys, queries.ending().members) == (2500, 3, 2)
    shut(alice)
    with alice.acting():
        here = Organization.objects.get()
        assert (position().available + position().frozen, position().held) == (2500, 0), "kept in the ledger"
        assert not ApiKey.objects.filter(revoked_at=None).exists()
        assert not Invitation.objects.filter(revoked_at=None, accepted_at=None).exists()
        assert [endpoint.is_on for endpoint in Endpoint.objects.all()] == [False]
        assert [gift.status for gift in Gift.objects.all()] == ["withdrawn"]
        assert TopUp.objects.get().enabled is False and wanted(available=0, now=database_now()) is None
        assert PackOrder.objects.get(id=order.id).status == "expired"
        assert (entitlements(here.id).fetch().plan.key, Subscription.objects.filter(ended_at=None).count()) == (
            "starter",
            0,
        )
        last = Event.objects.order_by("-seq")[0]
        assert (last.kind, last.reason, last.data) == ("organization.closed", "We retire.", {"tokens": 2500})
        revoked = Event.objects.get(kind="hold.revoked")
        assert revoked.data["transaction"] == str(held.transaction_id)
    for key in (alice.api_key, bob.api_key, test_key):
        answer = Client().get("/api/v1/account", headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
    with tenancy.system():
        assert Organization.objects.get(sandbox_of=alice.organization_id).closed_at == here.closed_at
    notify()
    assert "organization.closed" in notified_kinds(alice)
    once = kinds(alice)
    shut(alice, "again")
    assert kinds(alice) == once, "closing it again changes nothing"
    for command in ("verify_ledger", "verify_audit"):
        call_command(command, "--organization", str(alice.organization_id))


def test_the_database_refuses_what_would_begin_anew(alice: Person) -> None:
    shut(alice)
    with alice.acting():
        with pytest.raises(OrganizationIsClosed):
            grant(source=Source.PROMO, tokens=5, business_key="promo")
        with pytest.raises(OrganizationIsClosed):
            offers.offer_tokens(tokens=5, note="", reason="a gift", by=alice.user.pk, request_key="late")
        refused: list[Callable[[], object]] = [
            lambda: team.create_api_key(name="k", scopes=["read"], by=alice.user),
            lambda: team.invite(email="a@example.com", role=Role.MEMBER, department_id=None, by=alice.user),
            lambda: Subscription.objects.create(plan_key="pro", anchor_at=database_now()),
            lambda: PackOrder.objects.create(pack_key="pack_500", price_book_version=1, tokens=1, amount=1),
            lambda: Endpoint.objects.create(url="https://example.com/", events=["*"], after_seq=0),
        ]
        for attempt in refused:
            with pytest.raises(DatabaseError, match="the organization is closed"):
                attempt()


def test_no_hold_begins_even_where_spending_was_allowed_again(alice: Person) -> None:
    shut(alice)
    with alice.acting():
        resume(reason="by mistake")
        with pytest.raises(OrganizationIsClosed):
            reserve(alice)


def test_its_people_see_that_it_is_closed_and_managers_take_everything_out(alice: Person, bob: Person) -> None:
    browser, member = alice.browser(), bob.browser()
    done = browser.post("/settings/close", {"name": f" {name_of(alice)} ", "reason": ""}, follow=True)
    assert done.redirect_chain == [("/closed", 302)] and f"{name_of(alice)} is closed" in done.content.decode()
    for path in ("/", "/goals", "/settings", "/billing", "/settings/close", "/team"):
        assert browser.get(path).headers["Location"] == "/closed", path
        assert member.get(path).headers["Location"] == "/closed", path
    assert browser.get("/api/v1/goals").status_code == 401
    assert browser.post("/goals/new", {"title": "x", "target_amount": "1"}).headers["Location"] == "/closed"
    assert browser.post("/settings/export").headers["Location"] == "/closed"
    document = json.loads(streamed(browser.post("/closed/export")))
    assert document["audit_events"][-1]["kind"] == "organization.exported"
    assert document["organization"]["id"] == str(alice.organization_id)
    assert "Export everything" not in member.get("/closed").content.decode()
    assert member.post("/closed/export").status_code == 403
    past = database_now() - queries.WINDOW - timedelta(seconds=1)
    with alice.acting():
        Organization.objects.update(closed_at=past)
    assert "Export everything" not in browser.get("/closed").content.decode()
    assert browser.post("/closed/export").status_code == 403


def test_people_of_an_open_organization_have_no_closed_page_and_work_elsewhere(alice: Person, mallory: Person) -> None:
    assert alice.browser().get("/closed").headers["Location"] == "/"
    assert alice.browser().post("/closed/export").headers["Location"] == "/settings"
    with mallory.acting():
        Membership.objects.create(user=alice.user, role=Role.MEMBER)
    browser = alice.browser()
    browser.post(f"/organizations/{alice.organization_id}/switch")
    shut(alice)
    assert escape(name_of(mallory)) in browser.get("/closed").content.decode()
    assert browser.post(f"/organizations/{mallory.organization_id}/switch", follow=True).status_code == 200
    assert alice.browser().get("/").status_code == 200, "a new session begins where work is possible"


def test_alerts_and_allowances_leave_a_closed_organization_alone(alice: Person) -> None:
    with alice.acting():
        reserve(alice)
    shut(alice)
    watch()
    refresh_due()
    recorded = kinds(alice)
    assert not [kind for kind in recorded if kind.startswith("balance.")]
    assert recorded[-1] == "organization.closed"


def test_staff_reopen_it_on_the_free_plan_with_its_tokens(alice: Person, oscar: Any) -> None:
    with alice.acting():
        grant(source=Source.PURCHASE, tokens=500, business_key="pack", reason="a pack")
    shut(alice)
    staff = Client()
    log_in(staff, oscar)
    chosen = {"action": "reopen", "_selected_action": str(alice.organization_id)}
    asked = staff.post("/admin/accounts/organization/", chosen)
    assert asked.status_code == 200 and "Reopen" in asked.content.decode()
    for _ in range(2):
        filled = {**chosen, "submission": str(uuid4()), "reason": "They called us."}
        assert staff.post("/admin/accounts/organization/", filled).status_code == 302
    assert kinds(alice).count("organization.reopened") == 1
    assert alice.browser().get("/").status_code == 200
    assert alice.get("/account").status_code == 401, "its keys stay revoked"
    with alice.acting():
        assert entitlements(alice.organization_id).fetch().plan.key == "starter"
        assert position().available == 700
        assert team.create_api_key(name="new", scopes=["read"], by=alice.user).secret
    call_command("verify_ledger", "--organization", str(alice.organization_id))
    shut(alice)
    assert closed_at(alice) is not None, "and closed again"
