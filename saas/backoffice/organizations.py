"""Making organizations from the command line, once."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from plans.actions import subscribe
from plans.price_book import FREE_PLAN
from saas.accounts.keys import SCOPES
from saas.accounts.models import Membership, Organization, Role, User, canonical_email
from saas.accounts.queries import memberships_of
from saas.kernel import tenancy
from saas.kernel.transactions import transaction
from saas.team.actions import create_api_key, open_organization


@dataclass(frozen=True)
class Bootstrapped:
    """An organization with its owner; the key's secret only when it was made just now."""

    organization: Organization
    user: User
    api_key: str | None


def bootstrap(*, organization: str, email: str, password: str, plan: str) -> Bootstrapped:
    """Make an organization with its owner, plan and an API key with all scopes; again, change nothing."""
    user = ensure_user(email=email, password=password)
    existing = [m for m in memberships_of(user.pk) if m.organization.name == organization]
    if existing:
        return Bootstrapped(existing[0].organization, user, None)
    with transaction():
        opened = open_organization(name=organization, owner=user)
        with tenancy.organization(opened.id):
            if plan != FREE_PLAN:
                subscribe(plan_key=plan, reason="bootstrap")
            key = create_api_key(name="bootstrap", scopes=list(SCOPES), by=user)
    return Bootstrapped(opened, user, key.secret)


def ensure_user(*, email: str, password: str, is_staff: bool = False) -> User:
    """Return the person with this address, made with the password if there is none."""
    user = User.objects.filter(canonical_email=canonical_email(email)).first()
    if user is None:
        with transaction():
            user = User.objects.create_user(email, password, is_staff=is_staff, is_superuser=is_staff)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def add_member(*, organization: Organization, user: User, role: Role) -> None:
    """Make the person a member if they are none."""
    with tenancy.organization(organization.id):
        Membership.objects.get_or_create(user=user, defaults={"role": role})
