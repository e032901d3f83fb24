"""What staff do goes through actions: asked for with a reason, done once, for the right organization, audited."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import DatabaseError
from django.test import Client

from audit.queries import events
from licensing.models import License
from licensing.queries import license_status
from marketplace.models.gifts import Gift
from plans.actions import set_override
from plans.models import OverrideKind, Plan, PriceBook
from plans.price_book import DEFAULT_LIMITS
from plans.publishing import draft_price_book, publish_price_book, withdraw_price_book
from plans.queries import entitlements
from saas.accounts.models import ApiKey, Membership, Organization
from saas.accounts.queries import key_holder
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Invalid
from saas.kernel.ids import uuid7
from tests.admin.confirmed_actions import do
from tests.admin.conftest import page
from tests.conftest import Person, log_in
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.kinds import Source
from tokens.verification import verify


def last_event(person: Person) -> Any:
    with person.acting():
        return events()[0]


def test_a_double_click_grants_once_and_says_why(staff: Client, alice: Person, oscar: Any) -> None:
    notices = do(staff, "tokens.Account", "grant", alice.organization_id, source="gift", tokens=25, reason="sorry")
    assert "25 tokens granted" in notices[0]
    assert "granted already" in notices[-1]
    with alice.acting():
        assert ledger.position().available == 225
        assert verify().breaches == 0
    event = last_event(alice)
    assert (event.kind, event.reason, event.actor["kind"]) == ("tokens.granted", "sorry", "staff")
    assert event.actor["user_id"] == str(oscar.pk)


def test_a_grant_shows_what_it_will_do_and_names_the_customer(staff: Client, alice: Person) -> None:
    address, alice_id = page(apps.get_model("tokens.Account")), str(alice.organization_id)
    found = staff.get(address, {"q": alice_id}).content.decode()
    assert 'class="field-organization_id"' in found and 'class="field-plan">pro<' in found
    body = {"action": "grant", "_selected_action": [alice_id], "submission": str(uuid7())}
    body |= {"source": "gift", "tokens": "25", "reason": "sorry"}
    shown = staff.post(address, body)
    assert shown.context["confirming"]
    with tenancy.system():
        name = Organization.objects.get(id=alice_id).name
    [(heading, effect)] = shown.context["items"]
    assert heading.startswith(f"{name}, ")
    assert effect.rows == [("200", "225", "0", "$0.25", "Pro", alice_id)]
    again = staff.post(address, {**body, "edit": "yes"})
    assert not again.context["confirming"] and again.context["form"]["tokens"].value() == "25"
    with alice.acting():
        assert ledger.position().available == 200, "nothing is granted before it is confirmed"
    done = staff.post(address, {**body, "confirmed": "yes"})
    [notices] = [str(each) for each in get_messages(done.wsgi_request)]
    assert notices.startswith(f"{name}, ") and "25 tokens granted, 225 are available now" in notices


LARGE: dict[str, Any] = {"tokens": 10_001, "business_key": "staff:too-large", "reason": "a zero too many"}


def test_no_grant_of_staff_is_above_the_price_book(staff: Client, alice: Person) -> None:
    assert DEFAULT_LIMITS["staff_grant_tokens_max"] == 10_000
    body = {"action": "grant", "_selected_action": [str(alice.organization_id)], "submission": str(uuid7())}
    body |= {"source": "adjustment", "tokens": "10001", "reason": "x", "confirmed": "yes"}
    refused = staff.post(page(apps.get_model("tokens.Account")), body)
    assert "At most 10,000" in str(refused.context["form"].errors["tokens"])
    with alice.acting():
        own: dict[str, Any] = {"kind": OverrideKind.LIMIT, "key": "staff_grant_tokens_max", "value": 10**6}
        set_override(**own, reason="no way around it", ends_at=None, by=None)
        for values in ({"source": Source.GIFT}, {"source": Source.ADJUSTMENT, "business_key": "by hand"}):
            with pytest.raises(Invalid, match="staff_grant_tokens_max") as refusal:
                ledger_actions.grant(**{**LARGE, **values})
            assert refusal.value.details["allowed"] == 10_000
        assert ledger_actions.grant(**{**LARGE, "source": Source.GIFT, "tokens": 10_000})
        assert ledger_actions.grant(**{**LARGE, "source": Source.PURCHASE, "business_key": "a purchase"})
        assert "staff_grant_tokens_max" not in entitlements(alice.organization_id).fetch().limits


def test_the_most_that_staff_grant_is_what_the_price_book_in_effect_says(alice: Person) -> None:
    grant = "SELECT tokens_grant('gift', %s, NULL, %s, 'test', NULL, '{}')"
    with psycopg.connect(settings.DATABASE_URL) as superuser:
        superuser.execute("SELECT set_config('app.current_org', %s, true)", [str(alice.organization_id)])
        made = "INSERT INTO plans_price_book (note, effective_at, fee_percent, fee_fixed, fee_source, created_at)"
        version = superuser.execute(f"{made} VALUES ('', NULL, 0, 0, '', now()) RETURNING version").fetchone()
        limit = "INSERT INTO plans_limit (price_book_id, key, value) VALUES (%s, 'staff_grant_tokens_max', 25)"
        superuser.execute(limit, version)
        superuser.execute("UPDATE plans_price_book SET effective_at = now() WHERE version = %s", version)
        superuser.execute(grant, [25, "staff:fits"])
        with pytest.raises(psycopg.DatabaseError, match="at most 25 tokens"):
            superuser.execute(grant, [26, "staff:does not fit"])
        superuser.rollback()


def test_a_double_click_offers_one_gift_that_staff_can_take_back(staff: Client, alice: Person) -> None:
    recipient, caps = "marketplace.GiftRecipient", "gift_tokens_max"
    assert caps in do(staff, recipient, "offer", alice.organization_id, tokens=10_001, reason="sorry")[0]
    notices = do(staff, recipient, "offer", alice.organization_id, tokens=25, note="Sorry!", reason="outage")
    assert "25 tokens offered" in notices[0]
    with alice.acting():
        [gift] = Gift.objects.all()
        assert (gift.tokens, gift.to_name, ledger.position().available) == (25, str(gift.organization), 200)
    event = last_event(alice)
    assert (event.kind, event.reason, event.actor["kind"]) == ("gift.offered", "outage", "staff")
    notices = do(staff, "marketplace.Gift", "withdraw", gift.pk, reason="wrong customer")
    assert "withdrawn." in notices[0] and "This gift is withdrawn" in notices[-1]
    assert last_event(alice).reason == "wrong customer"


def test_an_action_without_a_reason_asks_again(staff: Client, alice: Person) -> None:
    body = {"action": "grant", "_selected_action": [str(alice.organization_id)], "submission": str(uuid7())}
    answer = staff.post(page(apps.get_model("tokens.Account")), {**body, "source": "gift", "tokens": 5})
    assert answer.context["form"].errors.keys() == {"reason"}
    with alice.acting():
        assert ledger.position().available == 200


def test_the_license_is_failed_extended_and_paid(staff: Client, alice: Person) -> None:
    with alice.acting():
        license_id = License.objects.get().pk
    until = (database_now() + timedelta(days=20)).replace(second=0, microsecond=0)
    grace = {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "bank strike"}
    assert "No payment is overdue" in do(staff, "licensing.License", "extend_grace", license_id, **grace)[0]
    assert "AI is off" in do(staff, "licensing.License", "mark_payment_failed", license_id, reason="by phone")[0]
    assert "grace until" in do(staff, "licensing.License", "extend_grace", license_id, **grace)[0]
    with alice.acting():
        assert license_status().stages[1].starts_at == until
    notices = do(staff, "licensing.License", "mark_payment_succeeded", license_id, reason="wire arrived")
    assert "everything is restored" in notices[0] and "nothing was overdue" in notices[-1]
    assert last_event(alice).reason == "wire arrived"


def test_a_key_is_revoked_and_a_last_owner_is_not_removed(staff: Client, alice: Person) -> None:
    with alice.acting():
        key, owner = ApiKey.objects.get(), Membership.objects.get()
    assert "revoked." in do(staff, "accounts.ApiKey", "revoke", key.pk, reason="leaked")[0]
    assert key_holder(alice.api_key) is None
    assert last_event(alice).reason == "leaked"
    assert "last owner" in do(staff, "accounts.Membership", "remove", owner.pk, reason="asked to")[0]


def test_confirmed_actions_need_the_permission_to_change(alice: Person, oscar: Any) -> None:
    oscar.is_superuser = False
    oscar.save()
    oscar.user_permissions.add(Permission.objects.get(codename="view_account", content_type__app_label="tokens"))
    client = Client()
    log_in(client, oscar)
    listed = client.get(page(apps.get_model("tokens.Account")))
    assert listed.status_code == 200
    assert b"Grant tokens" not in listed.content
    body = {"action": "grant", "_selected_action": [str(alice.organization_id)], "submission": str(uuid7())}
    client.post(page(apps.get_model("tokens.Account")), {**body, "source": "gift", "tokens": 5, "reason": "mine"})
    with alice.acting():
        assert ledger.position().available == 200


def test_an_override_is_added_and_ended(staff: Client, alice: Person, oscar: Any) -> None:
    override = apps.get_model("plans.Override")
    form = {"customer": str(alice.organization_id), "what": "feature:departments", "reason": "pilot"}
    assert staff.post(page(override, "add"), {**form, "value": 2}).status_code == 200, "a feature is 0 or 1"
    assert staff.post(page(override, "add"), {**form, "value": 1}).status_code == 302
    with alice.acting():
        assert entitlements(alice.organization_id).fetch().has("departments")
        row = override.objects.get()
    assert (row.created_by_id, last_event(alice).kind) == (oscar.pk, "override.set")
    assert staff.get(page(override, "change", row.pk)).status_code == 200
    assert "the plan's value holds again" in do(staff, "plans.Override", "end", row.pk, reason="over")[0]
    with alice.acting():
        assert not entitlements(alice.organization_id).fetch().has("departments")


def test_a_roll_out_is_set_with_a_reason(staff: Client) -> None:
    rollout = apps.get_model("plans.Rollout")
    rollout.objects.filter(feature="goals").delete()
    form = {"feature": "goals", "percentage": 100}
    assert staff.post(page(rollout, "add"), form).status_code == 200
    assert staff.post(page(rollout, "add"), {**form, "reason": "all of them"}).status_code == 302
    assert rollout.objects.get(feature="goals").percentage == 100


@pytest.fixture
def draft() -> Any:
    """A draft of the price book, gone afterwards."""
    with tenancy.system():
        book = draft_price_book(reason="test")
    yield book
    with tenancy.system():
        PriceBook.objects.filter(version=book.version).update(effective_at=None)
        PriceBook.objects.filter(version=book.version).delete()


def filled(answer: Any) -> dict[str, Any]:
    """Return what the browser would send of a page's forms as they are."""
    forms = [answer.context["adminform"].form]
    for inline in answer.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    return {
        form.add_prefix(name): "" if (value := form[name].value()) is None else value
        for form in forms
        for name in form.fields
        if form[name].value() is not False
    }


def test_a_draft_is_edited_and_what_is_in_effect_is_not(staff: Client, draft: PriceBook) -> None:
    book, plan = apps.get_model("plans.PriceBook"), apps.get_model("plans.Plan")
    address = page(book, "change", draft.version)
    sent = filled(staff.get(address))
    [price] = [key for key, value in sent.items() if key.startswith("plans-") and str(value) == "149.00"]
    warned = staff.post(address, {**sent, price: "19.00"})
    assert "Pro: margin 89.47 % at full use, not above 90 %." in warned.content.decode()
    assert warned.status_code == 200 and not Plan.objects.filter(price_book=draft, monthly_price=19).exists()
    notices = staff.post(address, {**sent, price: "19.00", "accept_below_target": "on"}, follow=True).content.decode()
    assert "Pro: margin 89.47 %" in notices
    pro = Plan.objects.get(price_book=draft, key="pro")
    assert (str(pro.monthly_price), pro.features.count(), pro.limits.count()) == ("19.00", 10, 1)
    sent = filled(staff.get(page(plan, "change", pro.pk)))
    cheaper = staff.post(page(plan, "change", pro.pk), {**sent, "monthly_price": "18.00"})
    assert "Pro: margin 88.89 %" in cheaper.content.decode()
    sent["accept_below_target"] = "on"
    assert staff.post(page(plan, "change", pro.pk), {**sent, "rollover_tokens_max": 50}).status_code == 302
    assert Plan.objects.get(pk=pro.pk).rollover_tokens_max == 50

    assert staff.post(page(book, "change", 1), {"note": "mine"}).status_code == 403
    with pytest.raises(DatabaseError, match="in effect"):
        Plan.objects.filter(price_book=1).update(monthly_price=1)


def test_a_draft_is_published_for_a_date_and_taken_back(staff: Client, draft: PriceBook) -> None:
    notices = do(staff, "plans.PriceBook", "publish", draft.version, at="2099-01-01T00:00", reason="new year")
    assert "01 January 2099" in notices[0]
    assert staff.post(page(apps.get_model("plans.PriceBook"), "change", draft.version), {}).status_code == 403
    assert "a draft again" in do(staff, "plans.PriceBook", "withdraw", draft.version, reason="too early")[0]


def test_a_price_book_that_would_break_customers_is_not_published(draft: PriceBook, alice: Person) -> None:
    with tenancy.system():
        with pytest.raises(Conflict):
            withdraw_price_book(version=1, reason="no")
        draft.operation_prices.filter(operation="quest").delete()
        draft.plans.filter(key="pro").delete()
        with pytest.raises(Invalid, match=r"subscribers: pro.*operations: quest"):
            publish_price_book(version=draft.version, at=None, reason="oops")
        assert PriceBook.objects.get(version=draft.version).effective_at is None
