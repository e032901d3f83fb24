"""Opening organizations; people, departments and keys in them."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from audit.actions import record, serialized
from licensing.actions import open_license
from plans.queries import entitlements
from saas.accounts import keys
from saas.accounts.keys import secret_hash
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
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from saas.kernel.ids import uuid7
from tokens import actions as ledger_actions
from tokens import queries as ledger
from tokens.actions import open_account
from tokens.kinds import QuotaScope

INVITATION_DAYS = 7


class LastOwner(Conflict):
    """An organization without an owner could not pay or be closed."""

    title = "The last owner"


class MembersLimit(Forbidden):
    """The plan has no room for one more member."""

    code, title = "feature_not_in_plan", "No room for another member"


def open_organization(*, name: str, owner: User, timezone: str = "UTC") -> Organization:
    """Open an organization with its owner, token account and license, all or nothing."""
    organization = Organization(id=uuid7(), name=name, timezone=timezone)
    with tenancy.organization(organization.id), serialized():
        organization.save(force_insert=True)
        Membership.objects.create(user=owner, role=Role.OWNER)
        open_account()
        open_license()
        record(kind="organization.created", data={"name": name, "owner": owner.pk})
    return organization


def invite(*, email: str, role: Role, department_id: UUID | None, by: User) -> tuple[Invitation, str]:
    """Invite an address; return the invitation and its secret, which only the link carries.

    An open invitation of the same address is replaced. Raises MembersLimit, Conflict for a member.
    """
    secret = secrets.token_urlsafe(24)
    with serialized():
        if Membership.objects.filter(user__canonical_email=canonical_email(email)).exists():
            raise Conflict("This person is a member already.")
        now = database_now()
        Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
        _require_room()
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            department=_department(department_id),
            secret_hash=secret_hash(secret),
            invited_by=by,
            expires_at=now + timedelta(days=INVITATION_DAYS),
        )
        record(kind="invitation.created", data={"email": email, "role": role})
    return invitation, secret


def _require_room() -> None:
    """Raise MembersLimit when members and open invitations fill the plan."""
    entitled = entitlements(tenancy.current_organization_id()).ask()
    limit = entitled.limit("members")
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=entitled.now)
    taken = Membership.objects.count() + waiting.count()
    if limit is not None and taken >= limit:
        raise MembersLimit(
            f"Your plan, {entitled.plan.name}, has room for {limit} members, open invitations included."
            " Remove somebody or choose a larger plan.",
            limit=limit,
        )


def find_invitation(secret: str) -> Invitation:
    """Return the open invitation behind a link, from outside of its organization; raise NotFound."""
    with tenancy.system():
        invitation = (
            Invitation.objects.select_related("organization")
            .filter(secret_hash=secret_hash(secret), accepted_at=None, revoked_at=None, expires_at__gt=database_now())
            .first()
        )
    if invitation is None:
        raise NotFound("This invitation was used, revoked, or is older than a week. Ask for a new one.")
    return invitation


def accept_invitation(*, secret: str, user: User) -> Membership:
    """Make the person a member; an invitation works once, for the invited address only.

    Raises NotFound, or Forbidden for another address.
    """
    invitation = find_invitation(secret)
    if canonical_email(invitation.email) != user.canonical_email:
        raise Forbidden(f"This invitation is for {invitation.email}. Log in with that address.")
    with tenancy.organization(cast(UUID, invitation.organization_id)), serialized():
        if not Invitation.objects.filter(id=invitation.id, accepted_at=None, revoked_at=None).update(
            accepted_at=database_now()
        ):
            raise NotFound("This invitation was used or revoked a moment ago.")
        membership, _ = Membership.objects.get_or_create(
            user=user, defaults={"role": invitation.role, "department_id": invitation.department_id}
        )
        record(kind="member.joined", data={"user": user.pk, "role": membership.role})
    return membership


def revoke_invitation(*, invitation_id: UUID, reason: str = "") -> None:
    """Make an open invitation's link useless. Raises NotFound."""
    with serialized():
        open_one = Invitation.objects.filter(id=invitation_id, accepted_at=None, revoked_at=None)
        if not open_one.update(revoked_at=database_now()):
            raise NotFound("This invitation is not open.")
        record(kind="invitation.revoked", data={"invitation": invitation_id}, reason=reason)


def change_member(*, membership_id: UUID, role: Role, department_id: UUID | None) -> Membership:
    """Set a member's role and department. Raises NotFound, LastOwner."""
    with serialized():
        membership = _membership(membership_id)
        if membership.role == Role.OWNER and role != Role.OWNER:
            _require_another_owner(membership)
        membership.role, membership.department = role, _department(department_id)
        membership.save(update_fields=["role", "department"])
        record(kind="member.updated", data={"user": membership.user_id, "role": role, "department": department_id})
    return membership


def remove_member(*, membership_id: UUID, reason: str = "") -> None:
    """End a membership; the person's keys stop working with it. Raises NotFound, LastOwner."""
    with serialized():
        membership = _membership(membership_id)
        if membership.role == Role.OWNER:
            _require_another_owner(membership)
        membership.delete()
        record(kind="member.removed", data={"user": membership.user_id}, reason=reason)


def _membership(membership_id: UUID) -> Membership:
    membership = Membership.objects.filter(id=membership_id).first()
    if membership is None:
        raise NotFound("There is no such member.")
    return membership


def _require_another_owner(membership: Membership) -> None:
    if not Membership.objects.filter(role=Role.OWNER).exclude(id=membership.id).exists():
        raise LastOwner("This is the organization's last owner. Make somebody else an owner first.")


def create_department(*, name: str) -> Department:
    """Make a department. Raises FeatureNotInPlan, Invalid for a name that is taken."""
    with serialized():
        entitlements(tenancy.current_organization_id()).ask().require("departments")
        if Department.objects.filter(name=name).exists():
            raise Invalid(f"There is a department {name!r} already.")
        department = Department.objects.create(name=name)
        record(kind="department.created", data={"department": department.id, "name": name})
    return department


def remove_department(*, department_id: UUID) -> None:
    """Remove a department; its people stay. Raises NotFound."""
    with serialized():
        department = _department(department_id)
        if department is None:
            raise NotFound("There is no such department.")
        department.delete()
        record(kind="department.removed", data={"department": department_id, "name": department.name})


def _department(department_id: UUID | None) -> Department | None:
    """Return the organization's department; raise NotFound for a foreign or unknown id."""
    if department_id is None:
        return None
    department = Department.objects.filter(id=department_id).first()
    if department is None:
        raise NotFound("There is no such department.")
    return department


@dataclass(frozen=True)
class NewKey:
    """An API key with its secret, which is shown this once."""

    key: ApiKey
    secret: str


def create_api_key(*, name: str, scopes: list[str], by: User, **options: Any) -> NewKey:
    """Make an API key that acts as `by` within `scopes`. Raises Invalid for an unknown scope."""
    unknown = set(scopes) - set(keys.SCOPES)
    if unknown:
        raise Invalid(f"Unknown scopes: {', '.join(sorted(unknown))}. Known: {', '.join(keys.SCOPES)}.")
    secret = keys.new_secret()
    with serialized():
        key = ApiKey.objects.create(
            name=name,
            secret_hash=secret_hash(secret),
            hint=keys.hint(secret),
            scopes=sorted(scopes),
            created_by=by,
            **options,
        )
        record(kind="api_key.created", data={"key": key.id, "name": name, "scopes": sorted(scopes)})
    return NewKey(key, secret)


def revoke_api_key(*, key_id: UUID, reason: str = "") -> None:
    """Make a key useless at once. Raises NotFound."""
    with serialized():
        if not ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=database_now()):
            raise NotFound("There is no such live key.")
        record(kind="api_key.revoked", data={"key": key_id}, reason=reason)


def set_quota(*, scope: QuotaScope, subject_id: UUID, tokens: int | None) -> None:
    """Set or, with no tokens, remove the quota of this organization, a department or a member of it.

    Raises NotFound for a subject that is not here.
    """
    _require_subject(scope, subject_id)
    existing = ledger.quotas().filter(scope=scope, subject_id=subject_id).first()
    if tokens is not None:
        ledger_actions.set_quota(scope=scope, subject_id=subject_id, tokens=tokens)
    elif existing is not None:
        ledger_actions.remove_quota(quota_id=existing.id)


def _require_subject(scope: QuotaScope, subject_id: UUID) -> None:
    here = {
        QuotaScope.ORGANIZATION: subject_id == tenancy.current_organization_id(),
        QuotaScope.DEPARTMENT: Department.objects.filter(id=subject_id).exists(),
        QuotaScope.USER: Membership.objects.filter(user_id=subject_id).exists(),
    }
    if not here[scope]:
        raise NotFound("There is no such member or department.")


def update_organization(*, name: str, timezone: str) -> None:
    """Change the organization's name and time zone."""
    with serialized():
        Organization.objects.filter(id=tenancy.current_organization_id()).update(name=name, timezone=timezone)
        record(kind="organization.updated", data={"name": name, "timezone": timezone})
