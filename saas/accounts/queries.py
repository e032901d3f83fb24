"""Look up people by address or key, and the members of an organization."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import Count, Q, QuerySet

from saas.accounts.callers import OrganizationIsClosed
from saas.accounts.keys import checksum_is_right, scopes_of, secret_hash
from saas.accounts.models import (
    ApiKey,
    Department,
    Invitation,
    Membership,
    Organization,
    Role,
    User,
    canonical_email,
)
from saas.kernel import tenancy
from saas.kernel.errors import Conflict, NotFound
from saas.kernel.transactions import Statement, run_batch


def membership(*, user_id: UUID, organization_id: UUID | None = None) -> Membership | None:
    """Return a person's membership: in the given organization, else the first one joined that is not closed."""
    chosen = _membership_in(organization_id, user_id) if organization_id else None
    return chosen or _membership_in_first(user_id)


def memberships_of(user_id: UUID) -> list[Membership]:
    """Return all memberships of a person, oldest first."""
    [homes] = run_batch(Statement("SELECT accounts_homes_of_person(%s)", (user_id,)))
    found = [_membership_in(home, user_id) for (home,) in homes]
    return sorted((each for each in found if each is not None), key=lambda each: each.id)


def _membership_in(organization_id: UUID, user_id: UUID) -> Membership | None:
    with tenancy.organization(organization_id):
        return _mine(user_id).first()


def _membership_in_first(user_id: UUID) -> Membership | None:
    """Return the membership in the person's first organization, found and read in one round trip."""
    home = "SELECT set_config('app.current_org', (SELECT accounts_homes_of_person(%s) LIMIT 1)::text, true)"
    mine = Statement(*_mine(user_id).query.sql_with_params())
    with tenancy.nobody():
        _, rows = run_batch(Statement(home, (user_id,)), mine)
    if not rows:
        return None
    fields = [field.attname for field in Membership._meta.concrete_fields]
    membership = Membership.from_db("default", fields, rows[0][: len(fields)])
    fields_beside = [field.attname for field in Organization._meta.concrete_fields]
    membership.organization = Organization.from_db("default", fields_beside, rows[0][len(fields) :])
    return membership


def _mine(user_id: UUID) -> QuerySet[Membership]:
    return Membership.objects.filter(user_id=user_id).select_related("organization")


@dataclass(frozen=True)
class KeyHolder:
    """An API key as found by its secret; it acts for `organization_id`, and was made in `home_id`."""

    key_id: UUID
    mode: str
    home_id: UUID
    organization_id: UUID
    user_id: UUID
    role: str
    department_id: UUID | None
    scopes: frozenset[str]
    requests_per_minute: int
    last_used_at: datetime | None
    now: datetime


def key_holder(secret: str) -> KeyHolder | None:
    """Return the holder of an active key, or None. A key with a wrong checksum costs no query.

    A test key acts for the test organization, in its maker's role and in no department. A key stops working when
    its maker is blocked or leaves the organization, or this is closed, and never may more than its maker may now.
    """
    return _key_holder(secret) if checksum_is_right(secret) else None


def _key_holder(secret: str) -> KeyHolder | None:
    home = Statement(
        "SELECT set_config('app.current_org', accounts_home_of_key(%s)::text, true)", (secret_hash(secret),)
    )
    key = Statement(
        """
        SELECT k.id, k.mode, k.organization_id, CASE k.mode WHEN 'live' THEN k.organization_id ELSE s.id END,
            k.created_by_id, m.role, CASE k.mode WHEN 'live' THEN m.department_id END, k.scopes,
            k.requests_per_minute, k.last_used_at, clock_timestamp() + o.clock_offset
        FROM accounts_apikey k
        JOIN accounts_organization o ON o.id = k.organization_id
        JOIN accounts_user u ON u.id = k.created_by_id AND u.is_active
        JOIN accounts_membership m ON m.organization_id = k.organization_id AND m.user_id = k.created_by_id
        LEFT JOIN LATERAL (SELECT accounts_test_organization() AS id) s ON k.mode = 'test'
        WHERE k.secret_hash = %s AND k.revoked_at IS NULL AND o.closed_at IS NULL
            AND (k.mode = 'live' OR s.id IS NOT NULL)
            AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp() + o.clock_offset)
        """,
        (secret_hash(secret),),
    )
    with tenancy.nobody():
        _, rows = run_batch(home, key)
    if not rows:
        return None
    *who, role, department_id, scopes, per_minute, last_used_at, now = rows[0]
    within = scopes_of(role).intersection(json.loads(scopes))
    holder: tuple[Any, ...] = (*who, role, department_id, within, per_minute, last_used_at, now)
    return KeyHolder(*holder)


def organization(organization_id: UUID) -> Organization:
    """Return the organization acted for."""
    return Organization.objects.get(id=organization_id)


def is_closed() -> bool:
    """Return True if the organization acted for is closed."""
    here = Organization.objects.filter(id=tenancy.current_organization_id())
    return here.filter(closed_at__isnull=False).exists()


def require_open() -> None:
    """Raise OrganizationIsClosed where the organization acted for is closed."""
    if is_closed():
        raise OrganizationIsClosed


def closed_among(organization_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the organizations which are closed. Needs the system context."""
    closed = Organization.objects.filter(id__in=organization_ids, closed_at__isnull=False)
    return set(closed.values_list("id", flat=True))


def sandbox_of(organization_id: UUID) -> UUID | None:
    """Return the organization's test organization, if it has one."""
    with tenancy.organization(organization_id):
        [[(found,)]] = run_batch(Statement("SELECT accounts_test_organization()"))
    return cast(UUID | None, found)


def invited_to(hash: bytes) -> UUID | None:
    """Return the organization of the invitation whose link's secret has this SHA-256."""
    [[(found,)]] = run_batch(Statement("SELECT accounts_home_of_invitation(%s)", (hash,)))
    return cast(UUID | None, found)


def find_organization(id_or_name: str) -> Organization:
    """Return the organization with this id or exactly this name, for staff; raise NotFound, Conflict for several."""
    with tenancy.system():
        try:
            found = Organization.objects.filter(id=UUID(id_or_name))
        except ValueError:
            found = Organization.objects.filter(name=id_or_name)
        organizations = list(found[:2])
    if not organizations:
        raise NotFound(f"There is no organization {id_or_name!r}.")
    if len(organizations) > 1:
        raise Conflict(f"Several organizations are named {id_or_name!r}: give the id.")
    return organizations[0]


def members() -> QuerySet[Membership]:
    """Return the organization's members with their people and departments."""
    return Membership.objects.select_related("user", "department").order_by("id")


def owners() -> list[User]:
    """Return the people who pay for the organization."""
    owning = Membership.objects.filter(role=Role.OWNER).select_related("user").order_by("id")
    return [membership.user for membership in owning]


def departments() -> QuerySet[Department]:
    """Return the organization's departments with how many people are in each."""
    return Department.objects.annotate(people=Count("membership")).order_by("name")


def open_invitations() -> QuerySet[Invitation]:
    """Return invitations that can still be accepted or revoked."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None).order_by("-id")


def api_keys() -> QuerySet[ApiKey]:
    """Return the organization's keys, newest first."""
    return ApiKey.objects.select_related("created_by").order_by("-id")


def person(user_id: UUID) -> User:
    """Return the person; raise NotFound."""
    found = User.objects.filter(id=user_id).first()
    if found is None:
        raise NotFound("There is no such person.")
    return found


def find_person(email: str) -> User | None:
    """Return the person with this address in any spelling, also as a second address."""
    canonical = canonical_email(email)
    second = EmailAddress.objects.filter(email__iexact=email.strip()).values("user_id")
    return User.objects.filter(Q(canonical_email=canonical) | Q(id__in=second)).first()


def addresses_of(person: User) -> list[str]:
    """Return every e-mail address of a person, the one to log in with first."""
    others = EmailAddress.objects.filter(user_id=person.pk).exclude(email__iexact=person.email).order_by("id")
    return [person.email, *others.values_list("email", flat=True)]


def is_verified(person: User) -> bool:
    """Return True if the address that the person logs in with is verified."""
    mine = EmailAddress.objects.filter(user_id=person.pk, email__iexact=person.email, verified=True)
    return bool(mine.exists())


def verified_addresses(people: Collection[User]) -> dict[UUID, list[str]]:
    """Return the verified addresses of each of these people who has any."""
    found = defaultdict[UUID, list[str]](list)
    verified = EmailAddress.objects.filter(user__in=people, verified=True).order_by("id")
    for user_id, address in verified.values_list("user_id", "email"):
        found[user_id].append(address)
    return found


def live_keys_of(user_id: UUID) -> list[ApiKey]:
    """Return a person's keys that are not revoked, in all organizations, newest first."""
    with tenancy.system():
        made = ApiKey.objects.filter(created_by_id=user_id, revoked_at=None)
        return list(made.select_related("organization").order_by("-id"))


def member_name(user_id: UUID) -> str:
    """Return the name of somebody who is or was a member."""
    user = User.objects.filter(id=user_id).first()
    return str(user) if user else "somebody who left"


def has_another_owner(address: str, *, user_id: UUID | None = None) -> bool:
    """Return True if an address, in whatever spelling, is that of a person other than this one."""
    others = User.objects.exclude(id=user_id) if user_id else User.objects.all()
    return others.filter(canonical_email=canonical_email(address)).exists()


def is_member(*, user_id: UUID, organization_id: UUID) -> bool:
    """Return True if the person belongs to the organization."""
    return _membership_in(organization_id, user_id) is not None
