"""The organization that `manage.py up` starts with: Pro, two people and one of staff, two goals."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from quests.actions import create_goal, record_revenue
from quests.queries import goals
from saas.accounts.models import Role
from saas.backoffice.organizations import add_member, bootstrap, ensure_user
from saas.kernel import tenancy
from saas.kernel.clock import database_now

PASSWORD = "milepost-demo"  # noqa: S105 - a demo, refused in production by `prepare`

PEOPLE = (
    ("alice@demo.example", "owner of Juniper Bakery (Pro plan)"),
    ("bob@demo.example", "member of Juniper Bakery"),
    ("oscar@demo.example", "staff, /admin"),
)


def seed() -> str:
    """Make the demo once; return its logins as text."""
    alice, bob, oscar = (address for address, _ in PEOPLE)
    made = bootstrap(organization="Juniper Bakery", email=alice, password=PASSWORD, plan="pro")
    add_member(organization=made.organization, user=ensure_user(email=bob, password=PASSWORD), role=Role.MEMBER)
    ensure_user(email=oscar, password=PASSWORD, is_staff=True)
    with tenancy.organization(made.organization.id):
        if not goals().exists():
            _goals(made.user.pk)
    lines = [f"  {address:<22} {role}" for address, role in PEOPLE]
    return "\n".join([f"Demo logins, password {PASSWORD}:", *lines])


def _goals(user_id: UUID) -> None:
    today = database_now().date()
    catering = create_goal(
        title="Win 12,000 in office catering",
        description="Breakfast platters and lunch boxes for offices within three kilometres.",
        target_amount=Decimal(12_000),
        due_on=today + timedelta(days=150),
        by=user_id,
    )
    for days_ago, amount in ((45, "420.00"), (31, "365.50"), (17, "480.00"), (6, "234.50")):
        record_revenue(
            goal_id=catering.id, amount=Decimal(amount), received_on=today - timedelta(days=days_ago), by=user_id
        )
    create_goal(
        title="Save a 4,000 reserve for the new oven",
        target_amount=Decimal(4_000),
        current_amount=Decimal(900),
        due_on=today + timedelta(days=240),
        by=user_id,
    )
