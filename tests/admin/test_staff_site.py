"""The staff's site: for staff only, across organizations, read-only where it must be."""

import html
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.test import Client

from marketplace.models import Payment
from quests import actions as quest_actions
from saas.accounts.models import Organization, OrganizationState
from saas.kernel import tenancy
from saas.kernel.ids import uuid7
from saas.team.actions.test_organization import provide_test_organization
from saas.web.site import Guarded
from tests.admin.confirmed_actions import do
from tests.admin.conftest import page
from tests.conftest import Person
from tokens import actions as ledger_actions

OURS = {
    "accounts",
    "web",
    "audit",
    "tokens",
    "abuse",
    "plans",
    "licensing",
    "metering",
    "quests",
    "marketplace",
    "webhooks",
    "notifications",
}
READ_ONLY = (
    "tokens.Account",
    "tokens.Bucket",
    "tokens.Hold",
    "tokens.Entry",
    "tokens.Quota",
    "audit.Event",
    "audit.ChainHead",
    "web.IdempotencyRecord",
    "metering.AttemptRecord",
    "licensing.License",
    "accounts.Installation",
    "accounts.Membership",
    "accounts.ApiKey",
    "plans.Subscription",
    "plans.Trial",
    "webhooks.Endpoint",
    "webhooks.Secret",
)


def models_of_ours() -> list[Any]:
    """Return the models of our apps; the payment sandbox plays somebody else's server."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return [model for model in models if "sandbox" not in model.__module__]


@pytest.fixture
def traces(alice: Person) -> Person:
    """Alice, after having left something in most tables."""
    with alice.acting():
        who: dict[str, Any] = {"user_id": alice.user.pk, "department_id": None}
        for end in (ledger_actions.release, None):
            hold = ledger_actions.hold(
                transaction_id=uuid7(), tokens=2, operation="quest", price_book_version=None, seconds=60, **who
            )
            if end:
                end(transaction_id=hold.transaction_id)
        goal = quest_actions.create_goal(title="Save", target_amount=Decimal(9), by=alice.user.pk)
        money = quest_actions.record_revenue(
            goal_id=goal.pk, amount=Decimal("1.50"), received_on=date(2026, 1, 31), by=alice.user.pk
        )
        quest_actions.remove_revenue(entry_id=money.pk)
    return alice


def test_every_model_has_its_place() -> None:
    inlined = {
        inline.model
        for model_admin in admin.site._registry.values()
        for inline in model_admin.inlines
        if issubclass(inline, InlineModelAdmin)
    }
    without = [model for model in models_of_ours() if model not in admin.site._registry and model not in inlined]
    assert without == [OrganizationState], "it is shown as token account and as chain head"


def test_visitors_log_in_and_customers_are_refused(alice: Person) -> None:
    answer = Client().get("/admin/")
    assert answer["Location"] == "/admin/login/?next=/admin/"
    answer = Client().get("/admin/login/?next=/admin/tokens/entry/")
    assert answer["Location"] == "/accounts/login/?next=%2Fadmin%2Ftokens%2Fentry%2F"
    assert Client().post("/admin/login/", {"username": "a@b.example", "password": "x"}).status_code == 302
    assert alice.browser().get("/admin/", follow=True).status_code == 403


def test_staff_see_every_list_and_row_across_organizations(staff: Client, traces: Person, mallory: Person) -> None:
    assert staff.get("/admin/").status_code == 200
    seen = 0
    for model, model_admin in admin.site._registry.items():
        assert staff.get(page(model)).status_code == 200, model
        found = staff.get(page(model), {"q": str(traces.organization_id)} if model_admin.search_fields else {})
        for row in list(found.context["cl"].result_list)[:1]:
            answer = staff.get(page(model, "change", row.pk))
            assert answer.status_code == 200, model
            assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
            seen += 1
    assert seen >= 12
    for person in (traces, mallory):
        accounts = staff.get(page(apps.get_model("tokens.Account")), {"q": str(person.organization_id)})
        assert accounts.context["cl"].result_count == 1


@pytest.mark.parametrize("label", READ_ONLY)
def test_what_is_read_only_refuses_to_be_written(label: str, staff: Client, traces: Person) -> None:
    model = apps.get_model(label)
    row = staff.get(page(model)).context["cl"].result_list.first() if model._meta.label != "tokens.Quota" else None
    assert staff.post(page(model, "add"), {}).status_code == 403
    if row is not None:
        assert staff.post(page(model, "change", row.pk), {"granted": 1}).status_code == 403
        assert staff.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        staff.post(page(model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
        assert staff.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize(
    ("label", "probe"),
    [
        ("accounts.User", "password__startswith"),
        ("accounts.User", "password"),
        ("accounts.Membership", "user__password__startswith"),
        ("accounts.ApiKey", "secret_hash"),
        ("accounts.ApiKey", "created_by__password__contains"),
        ("web.IdempotencyRecord", "answer__contains"),
        ("webhooks.Endpoint", "url__startswith"),
        ("webhooks.Secret", "encrypted__startswith"),
        ("mfa.Authenticator", "data__contains"),
        ("usersessions.UserSession", "session_key__startswith"),
        ("auth.Group", "user__password__startswith"),
        ("abuse.Block", "user__password__startswith"),
    ],
)
def test_no_column_can_be_probed(label: str, probe: str, staff: Client) -> None:
    assert staff.get(page(apps.get_model(label)), {probe: "a"}).status_code == 400


def test_filters_that_lists_offer_work(staff: Client, traces: Person) -> None:
    holds = page(apps.get_model("tokens.Hold"))
    for query in (
        {"status__exact": "released"},
        {"created_at__gte": "2026-01-01 00:00:00+00:00", "created_at__lt": "2099-01-01 00:00:00+00:00"},
        {"organization__id__exact": str(traces.organization_id)},
    ):
        assert staff.get(holds, query).status_code == 200


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_filter_link_of_every_list_works(staff: Client, traces: Person) -> None:
    """Click each link that each list's filters and date hierarchy offer; sorting links lead to no filter."""
    clicked, broken = 0, []
    for model in admin.site._registry:
        address = page(model)
        shown = staff.get(address).content.decode()
        for query in sorted(set(re.findall(r'href="(\?(?!o=)[^"]+)"', shown))):
            clicked += 1
            link = address + html.unescape(query)
            if staff.get(link).status_code != 200:
                broken.append(link)
    assert broken == []
    assert clicked > 100


def test_every_list_of_organizations_rows_marks_and_filters_test_organizations(staff: Client) -> None:
    lists = [each for each in admin.site._registry.values() if isinstance(each, Guarded) and each.owner_column()]
    assert len(lists) > 30
    for each in lists:
        answer = staff.get(page(each.model))
        names = answer.context["cl"].list_display
        assert "customer" in names, f"{each} does not say whose a row is"
        assert "?test_organizations=without" in answer.content.decode(), each


@pytest.mark.parametrize("label", ["accounts.Organization", "tokens.Account", "licensing.License"])
def test_test_organizations_come_last_are_marked_and_can_be_left_out(label: str, staff: Client, alice: Person) -> None:
    model = apps.get_model(label)
    with alice.acting():
        name = Organization.objects.get().name
        test_id = provide_test_organization()

    def found(**asked: str) -> tuple[list[Any], str]:
        answer = staff.get(page(model), {"q": name, **asked})
        return [row.pk for row in answer.context["cl"].result_list], answer.content.decode()

    with tenancy.system():
        filters = {} if model is Organization else {"organization_id__in": [alice.organization_id, test_id]}
        ids = {getattr(row, "organization_id", row.pk): row.pk for row in model.objects.filter(**filters)}
    both, shown = found()
    assert both == [ids[alice.organization_id], ids[test_id]]
    assert shown.count("test-mark") == 1
    assert found(test_organizations="without")[0] == [ids[alice.organization_id]]
    assert found(test_organizations="only")[0] == [ids[test_id]]


def test_who_looks_an_organization_up_finds_the_customer_first(staff: Client, alice: Person) -> None:
    with alice.acting():
        name = Organization.objects.get().name
        test_id = provide_test_organization()
    field = {"app_label": "plans", "model_name": "override", "field_name": "organization"}
    found = staff.get("/admin/autocomplete/", {**field, "term": name}).json()["results"]
    assert [each["id"] for each in found] == [str(alice.organization_id), str(test_id)]


def test_lists_of_money_are_searched_by_the_organizations_id(staff: Client, alice: Person) -> None:
    for label in ("Customer", "PackOrder", "Payment", "StripeSubscription", "TopUp", "Overage"):
        answer = staff.get(page(apps.get_model("marketplace", label)), {"q": str(alice.organization_id)})
        assert answer.context["cl"].search_fields, label
        assert answer.status_code == 200 and 'name="q"' in answer.content.decode()


def test_names_of_lists_are_english_and_of_sections_unlike() -> None:
    plurals = [str(model._meta.verbose_name_plural) for model in admin.site._registry]
    assert [name for name in plurals if re.search(r"[^aeiou]ys$", name) or name.startswith("api ")] == []
    sections = [
        apps.get_app_config(label).verbose_name for label in {each._meta.app_label for each in admin.site._registry}
    ]
    assert len(set(sections)) == len(sections)


def test_events_are_found_by_who_acted_and_why_and_for_whom(staff: Client, alice: Person, oscar: Any) -> None:
    word = f"because{uuid7().hex}"
    do(staff, "tokens.Account", "grant", alice.organization_id, source="gift", tokens=5, reason=f"{word} asked")
    with tenancy.system():
        name = Organization.objects.get(id=alice.organization_id).name
    address = page(apps.get_model("audit.Event"))
    granted = {"by": "staff", "kind": "tokens.granted"}
    for term in (word, oscar.email, str(oscar.pk), name, str(alice.organization_id)):
        answer = staff.get(address, {"q": term, **granted})
        [event] = answer.context["cl"].result_list
        assert event.reason == f"{word} asked", term
        shown = answer.content.decode()
        assert f"staff {oscar.email}" in shown and name in shown
    assert staff.get(address, {"q": word, "by": "user"}).context["cl"].result_count == 0
    assert staff.get(address, {"q": "nobody@nowhere.example"}).context["cl"].result_count == 0


def test_payments_show_their_day_and_their_money(staff: Client, alice: Person) -> None:
    with alice.acting():
        payment = Payment.objects.create(
            payment_intent_id=f"pi_{uuid7().hex}", plan_key="pro", business_key="test", tokens=0, paid_cents=123_456,
            reversed_cents=500, currency="usd", paid_at="2026-02-03T04:05:00Z",
        )  # fmt: skip
    listed = staff.get(page(Payment), {"q": payment.payment_intent_id}).content.decode()
    assert "Feb. 3, 2026" in listed and "1,234.56 USD" in listed and "5.00 USD" in listed
    shown = staff.get(page(Payment, "change", payment.pk)).content.decode()
    assert "1,234.56 USD" in shown and "Paid cents" not in shown


def test_secrets_are_on_no_page(staff: Client, traces: Person) -> None:
    second = Authenticator.objects.create(user=traces.user, type="totp", data={"secret": "canary-in-the-mine"})
    assert "canary" not in staff.get(page(Authenticator, "change", second.pk)).content.decode()
    traces.browser().get("/")
    for session in UserSession.objects.filter(user=traces.user):
        assert session.session_key not in staff.get(page(UserSession, "change", session.pk)).content.decode()
    user = staff.get(page(apps.get_model("accounts.User"), "change", traces.user.pk)).content.decode()
    assert traces.user.password not in user
