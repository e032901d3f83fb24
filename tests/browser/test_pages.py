"""Every page in the browser: no error, no breach of its policy, light, open to all, on every screen, without script."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, Response, expect

from licensing.actions import payment_failed
from marketplace.actions import offer_quota, offer_tokens
from marketplace.actions.gifted_packs import offer_paid
from marketplace.actions.giving import order_gift
from marketplace.actions.packs import place_order
from marketplace.gifts.links import secret_of
from marketplace.models import Gift, Order, Payment
from quests import actions
from saas.accounts.models import Role
from saas.kernel.clock import database_now
from saas.kernel.transactions import transaction
from saas.reports.models import ReportFile
from saas.team.actions import create_department, invite, set_quota
from saas.urls import pages
from saas.webhooks import events
from saas.webhooks.actions import create_endpoint, rotate_secret
from saas.webhooks.models import Attempt, Delivery, Endpoint
from tests.browser.conftest import Window
from tests.conftest import Person, hire, make_goal, open_business
from tokens.actions import grant
from tokens.kinds import QuotaScope, Source

WEIGHT = {"document": 18_000, "all": 100_000}
"""Bytes of a page, uncompressed: its HTML alone, and with all its styles and scripts."""

WIDTHS = (1280, 390)


@dataclass(frozen=True)
class Place:
    """A page and who looks at it; strangers have no user."""

    path: str
    user: Any = None


PLAIN = tuple(str(pattern.name) for pattern in pages if not pattern.pattern.converters)
"""Every page that needs nothing in its address; some of these are only posted to."""

QUERIES = {"change_plan": "?plan=pro"}
"""What a page must be asked with."""

DETAILED = (
    "goal",
    "edit_goal",
    "import_revenue",
    "quest",
    "lead_list",
    "forecast",
    "receipt",
    "purchase",
    "report_file",
)
DETAILED += ("gift", "webhook", "change_webhook", "webhook_delivery")
ACCOUNT = (
    "account_email", "account_change_password", "mfa_index", "mfa_activate_totp", "usersessions_list",
    "account_logout",
)  # fmt: skip
STRANGERS = (
    "home",
    "plans",
    "account_login",
    "account_signup",
    "account_reset_password",
    "invitation",
    "opened_gift",
    "missing",
)
OTHERS = (
    "taker opened_gift",
    "starter home",
    "starter goal",
    "starter ledger",
    "overdue home",
    "overdue goal",
    "overdue ledger",
)
MEMBERS = (*PLAIN, *DETAILED, *ACCOUNT, "missing")
NAMES = (*MEMBERS, *(f"stranger {name}" for name in STRANGERS), *OTHERS)


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Place]]:
    """Every page, as organizations see it that have something to show."""
    with django_db_blocker.unblock():
        yield _places()


def _places() -> dict[str, Place]:
    alice, ids = furnished()
    starter, overdue = open_business("starter"), open_business()
    starter_goal, overdue_goal = make_goal(starter), make_goal(overdue)
    with overdue.acting():
        grant(source=Source.PURCHASE, tokens=500, business_key="pack", reason="a pack")
        payment_failed()
    with alice.acting():
        _, secret = invite(email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=None, by=alice.user)
    return {
        **{name: Place(_path(name, ids), alice.user) for name in MEMBERS},
        **{f"stranger {name}": Place(_path(name, {"invitation": secret, **ids})) for name in STRANGERS},
        "taker opened_gift": Place(_path("opened_gift", ids), starter.user),
        "starter home": Place(reverse("home"), starter.user),
        "starter goal": Place(reverse("goal", args=[starter_goal.id]), starter.user),
        "starter ledger": Place(reverse("ledger"), starter.user),
        "overdue home": Place(reverse("home"), overdue.user),
        "overdue goal": Place(reverse("goal", args=[overdue_goal.id]), overdue.user),
        "overdue ledger": Place(reverse("ledger"), overdue.user),
    }


def _path(name: str, ids: dict[str, Any]) -> str:
    if name == "missing":
        return "/nothing-here"
    return reverse(name, args=_arguments(ids[name]) if name in ids else []) + QUERIES.get(name, "")


def _arguments(ids: Any) -> list[Any]:
    return [*ids] if isinstance(ids, tuple) else [ids]


def furnished() -> tuple[Person, dict[str, Any]]:
    """Open an Enterprise organization with something on every page; return its owner and what pages are about."""
    alice = open_business("enterprise", name="Juniper Bakery and Coffee House on the Corner")
    bob, goal = hire(alice), make_goal(alice, title="Win 12,000 in catering for the offices down by the river")
    with alice.acting():
        actions.record_revenue(
            goal_id=goal.id, amount=Decimal(1500), received_on=database_now().date(), by=alice.user.pk, note="Fair"
        )
        department = create_department(name="Kitchen and delivery")
        set_quota(scope=QuotaScope.DEPARTMENT, subject_id=department.id, tokens=300)
        set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=100)
        invite(email=f"{uuid4().hex}@example.com", role=Role.ADMIN, department_id=department.id, by=alice.user)
        order = place_order(caller=alice.caller, pack_key="pack_500")
        today = database_now().date()
        file = ReportFile.objects.create(user=alice.user, report="usage", first_day=today, last_day=today, lines=2000)
        webhook, delivery = hooked()
        offer_tokens(tokens=50, note="Sorry for the outage.", reason="outage", by=alice.user.pk, request_key="outage")
        offer_quota(caller=alice.caller, scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=20)
        gift = waiting_pack(alice)
    quests = alice.post("/quests", {"goal": str(goal.id), "count": 3}).json()
    leads = bob.post("/lead-lists", {"goal": str(goal.id), "brief": "Offices"}).json()
    forecast = hire(alice).post("/revenue-forecasts", {"months": 12}).json()
    return alice, {
        "goal": goal.id,
        "edit_goal": goal.id,
        "import_revenue": goal.id,
        "quest": quests["quests"][0]["id"],
        "lead_list": leads["lead_list"]["id"],
        "forecast": forecast["forecast"]["id"],
        "receipt": quests["tokens"]["transaction_id"],
        "purchase": order.id,
        "report_file": file.id,
        "gift": gift.id,
        "opened_gift": secret_of(gift.id),
        "webhook": webhook.id,
        "change_webhook": webhook.id,
        "webhook_delivery": (webhook.id, delivery.id),
    }


def hooked() -> tuple[Endpoint, Delivery]:
    """Make an endpoint with a full page of deliveries, the newest of which failed often."""
    endpoint = create_endpoint(
        url="https://hooks.juniper-bakery.example/milepost?key=a-long-secret-in-the-address",
        kinds=["goal.created", "hold.settled", "license.payment_failed"],
        description="Books and customers",
    ).endpoint
    rotate_secret(endpoint_id=endpoint.id)
    data = {"goal": str(uuid4()), "target_amount": "12000", "due_on": None}
    for seq in range(30):
        delivery = Delivery.objects.create(
            endpoint=endpoint,
            event_id=uuid4(),
            seq=seq,
            kind="goal.created",
            body=events.body(kind="goal.created", at=database_now(), data=data, seq=seq, previous=seq - 1),
            status="delivered" if seq < 29 else "pending",
        )
        Attempt.objects.create(delivery=delivery, milliseconds=84, status_code=200, answer="ok")
    for _ in range(9):
        Attempt.objects.create(delivery=delivery, milliseconds=10_003, error="No answer within 10 seconds.")
    return endpoint, delivery


def waiting_pack(person: Person) -> Gift:
    """Give a pack, and have it be paid without a Stripe."""
    gift = order_gift(
        caller=person.caller,
        pack_key="pack_500",
        email="the-flower-shop-around-the-corner@example.org",
        note="For the first steps. Ask me anything!",
        request_key=None,
    )
    order = Order.objects.get(id=gift.order_id)
    paid = Payment.objects.create(
        payment_intent_id=f"pi_{gift.id}", order=order, business_key="paid", tokens=500, paid_cents=2900,
        currency="usd", paid_at=database_now(),
    )  # fmt: skip
    with transaction():
        assert offer_paid(order, paid)
    return gift


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_sound_and_open_to_all(window: Window, places: dict[str, Place], name: str) -> None:
    place = places[name]
    if only_posted_to(place):
        return
    page = window(place.user)
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    answer = page.goto(place.path)
    assert answer is not None
    assert answer.status == (404 if "missing" in name else 200)
    assert page.title().endswith(" · Milepost")
    expect(page.locator("h1")).to_have_count(1)
    for width in WIDTHS:
        assert overflow(page, width) == []
    code = [each for each in loaded if each.ok and each.request.resource_type in ("document", "stylesheet", "script")]
    assert len(answer.body()) < WEIGHT["document"]
    assert sum(len(each.body()) for each in code) < WEIGHT["all"]
    for width, scheme in zip(WIDTHS, ("light", "dark"), strict=True):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert barriers(page) == []


def barriers(page: Page) -> list[tuple[str, str]]:
    """Return what keeps people out, as axe sees it: the rule and the element."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], node["html"]) for each in grave for node in each["nodes"]]


def only_posted_to(place: Place) -> bool:
    client = Client()
    if place.user is not None:
        client.force_login(place.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(place.path).status_code == 405


def overflow(page: Page, width: int) -> list[str]:
    """Return what sticks out of a window of this width."""
    page.set_viewport_size({"width": width, "height": 900})
    return list(
        page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.body.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > innerWidth)
            .map((each) => each.outerHTML.slice(0, 120))"""
        )
    )


def test_every_page_works_without_script(window: Window, places: dict[str, Place]) -> None:
    for user in {place.user for place in places.values()}:
        page = window(user, java_script_enabled=False)
        for name, place in places.items():
            if place.user == user and not only_posted_to(place):
                answer = page.goto(place.path)
                assert answer is not None
                assert answer.status == (404 if "missing" in name else 200), name
                expect(page.locator("h1").first).to_be_visible()


def test_no_page_is_forgotten(alice: Person) -> None:
    looked_at = {name.split()[-1] for name in NAMES} | {"operation_status", "report", "report_content"}
    for pattern in pages:
        if pattern.name not in looked_at:
            path = reverse(str(pattern.name), args=[uuid4() for _ in pattern.pattern.converters])
            assert alice.browser().get(path).status_code == 405, f"{pattern.name} is a page: look at it here, too"


def test_the_documentation_of_the_api_is_drawn_under_our_policy(window: Window, alice: Person) -> None:
    for user in (None, alice.user):
        page = window(user)
        page.goto(reverse("docs"))
        generate = page.locator(".opblock-post").filter(has_text="/quests").first
        generate.locator(".opblock-summary-control").click()
        generate.get_by_role("button", name="Try it out").click()
        expect(generate.get_by_role("button", name="Execute")).to_be_visible()
        assert overflow(page, 390) == []


def test_the_admin_keeps_the_policy(window: Window, oscar: Any) -> None:
    page = window(oscar)
    page.goto(reverse("admin:index"))
    links = page.locator("#content-main :is(th a, .addlink)").evaluate_all("links => links.map((link) => link.href)")
    assert len(links) > 3
    for link in links:
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200, link
    page.goto(reverse("home"))
    expect(page).to_have_url(re.compile("/admin/$"))
