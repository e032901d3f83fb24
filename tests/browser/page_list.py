"""Every page and who looks at it, in organizations that have something to show."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.urls import reverse

from licensing.actions import payment_failed
from marketplace.gifts.gifted_packs import offer_paid
from marketplace.gifts.links import secret_of
from marketplace.gifts.offers import offer_quota, offer_tokens, order_gift
from marketplace.models import PackOrder, Payment
from marketplace.models.gifts import Gift
from marketplace.packs.orders import place_order
from quests import actions as quest_actions
from quests.models import SyncConflict
from saas.accounts.models import Membership, Organization, Role
from saas.backoffice.organizations import ensure_user
from saas.kernel.clock import database_now
from saas.kernel.transactions import transaction
from saas.reports.models import ReportFile
from saas.team.actions import create_department, invite, set_quota, shut_organization
from saas.webhooks import published
from saas.webhooks.actions import create_endpoint, rotate_secret
from saas.webhooks.models import Attempt, Delivery, Endpoint
from tests.conftest import PASSWORD, Person, hire, make_goal, open_business
from tests.pages import ASKED, ENDED, PLAIN, VARIANTS, path_of
from tokens.actions import grant
from tokens.kinds import QuotaScope, Source


@dataclass(frozen=True)
class Place:
    """A page and who looks at it; visitors have no user."""

    path: str
    user: Any = None


DETAILED = (
    "goal",
    "edit_goal",
    "revenue",
    "import_revenue",
    "edit_revenue",
    "change_member",
    "change_department",
    "quest",
    "new_step",
    "edit_step",
    "lead_list",
    "forecast",
    "receipt",
    "purchase",
    "report_file",
    "gift",
    "webhook",
    "change_webhook",
    "webhook_delivery",
)
ACCOUNT = (
    "account_email",
    "account_change_password",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "usersessions_list",
    "account_logout",
)
MISSING = {"missing": "/nothing-here"}

MEMBERS = tuple(dict.fromkeys((*PLAIN, *VARIANTS, *DETAILED, "archived goal", *ACCOUNT, "missing")))
STRANGERS = (
    "home",
    "plans",
    "account_login",
    "account_signup",
    "account_email_verification_sent",
    "account_reset_password",
    "invitation",
    "opened_gift",
    "missing",
)
STARTERS = ("home", "goal", "ledger", "webhooks", "opened_gift", "sandbox", "sandbox_checkout")
"""Pages that say what the free plan has not, and those on the way to a paid one."""

OVERDUE = ("home", "goal", "ledger", "billing", "packs")
NEWCOMERS = ("home", "goals", "archived_goals", "lead_lists", "forecasts", "usage", "gifts", "notifications")
"""Pages that have nothing to show yet."""

STAFF = ("business", "pack_analytics", "exhaustion", "simulator")
BY = {
    "stranger": STRANGERS,
    "starter": STARTERS,
    "overdue": OVERDUE,
    "newcomer": NEWCOMERS,
    "staff": STAFF,
    "shut": ENDED,
    "asked": ASKED,
}
NAMES = (*MEMBERS, *(f"{who} {name}" for who, names in BY.items() for name in names))


def places() -> dict[str, Place]:
    """Make what the pages are about; return every page by its name."""
    alice, ids = organization_with_everything()
    starter, overdue, shut, asked = open_business("starter"), open_business(), open_business(), open_business()
    looking = {
        "starter": (starter.user, {**ids, "goal": make_goal(starter).id, "sandbox_checkout": on_the_way(starter)}),
        "overdue": (overdue.user, {**ids, "goal": make_goal(overdue).id}),
        "newcomer": (open_business().user, {}),
        "staff": (ensure_user(email=f"{uuid4().hex}@example.com", password=PASSWORD, is_staff=True), {}),
        "stranger": (None, ids),
        "shut": (shut.user, {}),
        "asked": (asked.user, {}),
    }
    with overdue.acting():
        grant(source=Source.PURCHASE, tokens=500, business_key="pack", reason="a pack")
        payment_failed()
    with asked.acting():
        Organization.objects.filter(id=asked.organization_id).update(second_factor_required=True)
    with shut.acting():
        shut_organization(reason="A page to look at.")
    found = {name: Place(_path(name, ids), alice.user) for name in MEMBERS}
    for who, names in BY.items():
        user, known = looking[who]
        found |= {f"{who} {name}": Place(_path(name, known), user) for name in names}
    return found


def _path(name: str, ids: dict[str, Any]) -> str:
    if name in MISSING:
        return MISSING[name]
    args = ids.get(name, ())
    return path_of(name.split()[-1], *(args if isinstance(args, tuple) else (args,)))


def on_the_way(person: Person) -> str:
    """Choose Pro; return the id of the payment page."""
    browser, where = person.browser(), path_of("change_plan")
    at = browser.get(where).context["at"]
    payment = browser.post(reverse("change_plan"), {"plan": "pro", "at": at})["Location"]
    return payment.split("/")[-1]


def organization_with_everything() -> tuple[Person, dict[str, Any]]:
    """Open an Enterprise organization with something on every page; return its owner and what pages are about."""
    alice = open_business("enterprise", name="Juniper Bakery and Coffee House on the Corner")
    bob, goal = hire(alice), make_goal(alice, title="Win 12,000 in catering for the offices down by the river")
    archived = make_goal(alice, title="Sell the old delivery van")
    with alice.acting():
        quest_actions.archive_goal(goal_id=archived.id)
        entry = quest_actions.record_revenue(
            goal_id=goal.id, amount=Decimal(1500), received_on=database_now().date(), by=alice.user.pk, note="Fair"
        )
        department = create_department(name="Kitchen and delivery")
        set_quota(scope=QuotaScope.DEPARTMENT, subject_id=department.id, tokens=300)
        set_quota(scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=100)
        invited = invite(
            email=f"{uuid4().hex}@example.com", role=Role.ADMIN, department_id=department.id, by=alice.user
        )
        secret = invited.mailed_secret
        order = place_order(caller=alice.caller, pack_key="pack_500")
        today = database_now().date()
        file = ReportFile.objects.create(user=alice.user, report="usage", first_day=today, last_day=today, lines=2000)
        member_id = Membership.objects.get(user=bob.user).id
        webhook, delivery = hooked()
        offer_tokens(tokens=50, note="Sorry for the outage.", reason="outage", by=alice.user.pk, request_key="outage")
        offer_quota(caller=alice.caller, scope=QuotaScope.USER, subject_id=bob.user.pk, tokens=20)
        gift = waiting_pack(alice)
        contradict(goal, alice)
    quests = alice.post("/quests", {"goal": str(goal.id), "count": 3}).json()
    leads = bob.post("/lead-lists", {"goal": str(goal.id), "brief": "Offices"}).json()
    forecast = hire(alice).post("/revenue-forecasts", {"months": 12}).json()
    return alice, {
        "goal": goal.id,
        "archived goal": archived.id,
        "invitation": secret,
        "edit_goal": goal.id,
        "revenue": goal.id,
        "import_revenue": goal.id,
        "edit_revenue": entry.id,
        "change_member": member_id,
        "change_department": department.id,
        "quest": quests["quests"][0]["id"],
        "new_step": quests["quests"][0]["id"],
        "edit_step": (quests["quests"][0]["id"], 0),
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


def contradict(goal: Any, person: Person) -> None:
    """Leave an edit that contradicts a newer one, and a removal."""
    mine = {
        "title": "Win 15,000 in catering for the offices",
        "description": "Lunch boxes, too.",
        "target_amount": "15000.00",
        "due_on": "2027-06-30",
    }
    for edit in (mine, None):
        SyncConflict.objects.create(
            type="goal", record_id=goal.id, client_change_id=str(uuid4()), base_version=1, mine=edit, theirs={},
            created_by=person.user,
        )  # fmt: skip


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
            body=published.body(kind="goal.created", at=database_now(), data=data, seq=seq, previous=seq - 1),
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
    order = PackOrder.objects.get(gifts=gift)
    paid = Payment.objects.create(
        payment_intent_id=f"pi_{gift.id}", order=order, business_key="paid", tokens=500, paid_cents=2900,
        currency="usd", paid_at=database_now(),
    )  # fmt: skip
    with transaction():
        assert offer_paid(order, paid)
    return gift
