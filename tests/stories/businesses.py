"""An organization that has something of everything."""

from decimal import Decimal
from uuid import uuid4

from marketplace.gifts.offers import offer_tokens
from plans.actions import set_override
from plans.models import OverrideKind
from quests.actions import record_revenue
from quests.models import LeadList, Quest
from saas.accounts.models import Role
from saas.kernel.clock import database_now
from saas.team.actions import create_api_key, create_department, invite, set_quota
from saas.webhooks.actions import create_endpoint
from saas.webhooks.models import Attempt, Delivery
from tests.conftest import Person, hire, make_goal, open_business
from tokens.actions import grant, hold, settle
from tokens.kinds import QuotaScope, Source

DELIVERY = {"kind": "goal.created", "body": "{}", "status": "delivered"}


def business_with(number: int) -> Person:
    """Open an Enterprise organization that has so many of everything; return its owner."""
    alice = open_business("enterprise")
    written = {"transaction_id": uuid4(), "provider": "builtin", "created_by_id": alice.user.pk, "summary": "Why"}
    goals = [make_goal(alice) for _ in range(number)]
    people = [hire(alice) for _ in range(number)]
    with alice.acting():
        set_override(
            kind=OverrideKind.LIMIT, key="invitations_a_day", value=None, reason="a test", ends_at=None, by=None
        )
        for n in range(min(number, 9)):
            hook = create_endpoint(url=f"https://example.com/{n}", kinds=["*"]).endpoint
        for n in range(number):
            delivery = Delivery.objects.create(endpoint=hook, event_id=uuid4(), seq=n, **DELIVERY)
            Attempt.objects.create(delivery=delivery, milliseconds=9, status_code=200)
        for goal, person in zip(goals, people, strict=True):
            Quest.objects.create(goal=goals[0], title="Quest", steps=[], **written)
            LeadList.objects.create(goal=goal, title="Leads", leads=[], **written)
            record_revenue(goal_id=goals[0].id, amount=Decimal(1), received_on=database_now().date(), by=alice.user.pk)
            grant(source=Source.GIFT, tokens=5, business_key=str(uuid4()), reason="a gift")
            offer_tokens(tokens=5, note="", reason="a gift", by=alice.user.pk, request_key=str(uuid4()))
            department = create_department(name=f"Department {uuid4().hex[:8]}")
            set_quota(scope=QuotaScope.DEPARTMENT, subject_id=department.id, tokens=10)
            set_quota(scope=QuotaScope.USER, subject_id=person.user.pk, tokens=10)
            invite(email=f"{uuid4().hex}@example.com", role=Role.MEMBER, department_id=department.id, by=alice.user)
            create_api_key(name="key", scopes=["read"], by=alice.user)
            spent = uuid4()
            hold(
                transaction_id=spent, tokens=1, operation="quest", user_id=person.user.pk, department_id=None,
                seconds=60, price_book_version=1,
            )  # fmt: skip
            settle(transaction_id=spent, tokens=1)
    return alice
