"""The organization that `manage.py up` starts with while developing: two people, one of staff, and fourteen months.

Note [The demo stays where it was made]
    Its password is made at random for each installation, lies in DATA_DIR and is printed at every start, so it opens
    no other one. The member of staff is no superuser. Production refuses a database with its people until `remove`
    has closed their organization and taken their ways in and addresses away; ledger and audit log stay.
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from audit.actions import record
from plans.price_book import FREE_PLAN
from saas.accounts.callers import Caller
from saas.accounts.models import Membership, Organization, Role, User
from saas.accounts.queries import memberships_of
from saas.backoffice.demo_history import DAYS, PLAN, Bakery, fill_without_clock
from saas.backoffice.demo_history import fill as make_history
from saas.backoffice.organizations import add_member, bootstrap, ensure_user
from saas.closing.actions import close
from saas.kernel import tenancy
from saas.kernel.transactions import transaction
from saas.team.actions import end_credentials, remove_member, rename_person
from saas.team.events import UserAccessChanged

DOMAIN = "demo.example"
BUSINESS = "Juniper Bakery"
FORMER_PASSWORD = "milepost-demo"  # noqa: S105 - every installation had it once
STAFF_GROUP = "Back office"
STAFF_CHECKED_MAX = 50
REASON = "the demo is removed"

PEOPLE = (
    (f"alice@{DOMAIN}", "owner of Juniper Bakery (Enterprise plan)"),
    (f"bob@{DOMAIN}", "member of Juniper Bakery"),
    (f"oscar@{DOMAIN}", "staff, /admin"),
)
NAMES = ("Alice Moreno", "Bob Hansen")
"""What the bakery's people are called."""


def seed() -> str:
    """Make the demo once; return its logins as text. Under sandbox payments a job makes its history: see `fill`."""
    password, is_new = _password()
    alice, bob, oscar = (address for address, _ in PEOPLE)
    sandbox = settings.BILLING_MODE == "sandbox"
    made = bootstrap(organization=BUSINESS, email=alice, password=password, plan=FREE_PLAN if sandbox else PLAN)
    people = [
        made.user,
        ensure_user(email=bob, password=password),
        ensure_user(email=oscar, password=password, is_staff=True),
    ]
    add_member(organization=made.organization, user=people[1], role=Role.MEMBER)
    if is_new:
        _renew(people, password)
    _into_back_office(people[2])
    if made.api_key:
        with tenancy.organization(made.organization.id):
            for person, name in zip(people, NAMES, strict=False):
                rename_person(user=person, name=name)
    if made.api_key and sandbox:
        with tenancy.organization(made.organization.id):
            Organization.objects.filter(id=made.organization.id).update(clock_offset=-timedelta(days=DAYS))
    elif made.api_key:
        fill_without_clock(Bakery(made.organization.id, *(person.pk for person in people)))
    lines = [f"  {address:<22} {role}" for address, role in PEOPLE]
    return "\n".join([f"Demo logins, password {password} (also in {_password_file()}):", *lines])


def fill() -> int:
    """Make the history of a demo that lacks it; return how many steps were made now. Safe to repeat and to kill."""
    people = [User.objects.filter(email=address).first() for address, _ in PEOPLE]
    if None in people:
        return 0
    ids = [person.pk for person in people if person]
    for membership in memberships_of(ids[0]):
        if membership.organization.clock_is_behind:
            return make_history(Bakery(membership.organization.id, *ids))
    return 0


def _password_file() -> Path:
    return Path(settings.DATA_DIR) / "demo_password"


def _password() -> tuple[str, bool]:
    """Return this installation's password, and whether it was made just now."""
    path = _password_file()
    if path.exists():
        return path.read_text().strip(), False
    password = secrets.token_urlsafe(12)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password)
    return password, True


def _renew(people: list[User], password: str) -> None:
    """Give people of an earlier start, or of another DATA_DIR, the password that is printed."""
    for person in people:
        if not person.check_password(password):
            person.set_password(password)
            person.save(update_fields=["password"])


def _into_back_office(person: User) -> None:
    """Give a member of staff all permissions, except those over logins and staff access."""
    if person.is_superuser:
        person.is_superuser = False
        person.save(update_fields=["is_superuser"])
    group, is_new = Group.objects.get_or_create(name=STAFF_GROUP)
    if is_new:
        powers = Q(content_type__app_label="auth") | Q(content_type__app_label="accounts", content_type__model="user")
        group.permissions.set(Permission.objects.exclude(powers & ~Q(codename__startswith="view_")))
    person.groups.add(group)


def people() -> list[str]:
    """Return the addresses of the demo that are still there."""
    return sorted(User.objects.filter(email__iendswith=f"@{DOMAIN}").values_list("email", flat=True))


def staff_with_its_password() -> list[str]:
    """Return members of staff who can log in with the password that every demo once had; the newest of many."""
    staff = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True), is_active=True).order_by("-id")
    return [person.email for person in staff[:STAFF_CHECKED_MAX] if person.check_password(FORMER_PASSWORD)]


def remove() -> list[str]:
    """Take the people and the organization of the demo out; return a line for each. Safe to repeat.

    An organization with nobody else is closed. Elsewhere they are members no more: raises LastOwner where that
    leaves an organization without an owner, before the person is changed.
    """
    found = list(User.objects.filter(email__iendswith=f"@{DOMAIN}").order_by("id"))
    lines = [_leave(membership) for person in found for membership in memberships_of(person.pk)]
    for person in found:
        lines.append(f"{person.email}: cannot log in, and has no address")
        _forget(person)
    _password_file().unlink(missing_ok=True)
    return lines


def _leave(membership: Membership) -> str:
    organization = membership.organization
    with tenancy.organization(organization.id):
        if Membership.objects.exclude(user__email__iendswith=f"@{DOMAIN}").exists():
            remove_member(membership_id=membership.pk, by=None, reason=REASON)
            return f"{organization.name}: {membership.user} is no member"
        owner = Membership.objects.filter(role=Role.OWNER).first()
        if owner is not None and organization.closed_at is None:
            caller = Caller(organization_id=organization.id, user_id=owner.user_id, role=owner.role)
            close(caller=caller, name=organization.name, reason=REASON)
        return f"{organization.name}: closed"


def _forget(person: User) -> None:
    end_credentials(user_id=person.pk, reason=REASON)
    person.refresh_from_db()
    with tenancy.system(), transaction():
        for model in (EmailAddress, Authenticator):
            model.objects.filter(user=person).delete()
        person.groups.clear()
        person.set_unusable_password()
        person.email, person.name = f"removed-{person.pk}@demo.invalid", "Person of the demo"
        person.is_active = person.is_staff = person.is_superuser = False
        person.save()
        record(UserAccessChanged(user=person.pk, is_active=False), reason=REASON)
