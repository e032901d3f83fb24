"""Inviting people, and their roles and departments."""

import secrets
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from audit.actions import record, serialized
from plans.queries import entitlements
from saas.accounts import queries as accounts
from saas.accounts.keys import secret_hash
from saas.accounts.models import Department, Invitation, Membership, Role, User, canonical_email
from saas.kernel import tenancy
from saas.kernel.clock import database_now
from saas.kernel.errors import Conflict, Forbidden, NotFound
from saas.team.actions.credentials import end_credentials_here, narrow_keys
from saas.team.actions.departments import find_department, put_quota
from tokens.kinds import QuotaScope

INVITATION_DAYS = 7
REMOVED = "the person is no longer a member"


class LastOwner(Conflict):
    """An organization without an owner could not pay or be closed."""

    title = "The last owner"


class MembersLimit(Forbidden):
    """The plan has no room for one more member."""

    code, title = "feature_not_in_plan", "No room for another member"


def invite(*, email: str, role: Role, department_id: UUID | None, by: User) -> tuple[Invitation, str]:
    """Invite an address; return the invitation and its secret, which only the link carries.

    An open invitation of the same address is replaced. Raises MembersLimit, Conflict for a member, NotFound
    for a foreign department, Forbidden where an admin would make an owner.
    """
    secret = secrets.token_urlsafe(24)
    with serialized():
        _require_owner_where(role == Role.OWNER, by=by.pk)
        if Membership.objects.filter(user__canonical_email=canonical_email(email)).exists():
            raise Conflict("This person is a member already.")
        now = database_now()
        Invitation.objects.filter(email__iexact=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
        _require_room()
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            department=_department(department_id),
            secret_hash=secret_hash(secret),
            invited_by=by,
            expires_at=now + timedelta(days=INVITATION_DAYS),
        )
        record(kind="invitation.created", data={"invitation": invitation.id, "role": role})
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
    hash = secret_hash(secret)
    home = accounts.invited_to(hash)
    invitation = _open_invitation(home, hash) if home else None
    if invitation is None:
        raise NotFound("This invitation was used, revoked, or is older than a week. Ask for a new one.")
    return invitation


def _open_invitation(organization_id: UUID, hash: bytes) -> Invitation | None:
    with tenancy.organization(organization_id):
        waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=database_now())
        return waiting.select_related("organization").filter(secret_hash=hash).first()


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


def change_member(*, membership_id: UUID, by: UUID | None, **changes: Any) -> Membership:
    """Set what is given of a member's `role`, `department_id` and quota, `tokens`. `by` is a member; None is staff.

    A lower role narrows the keys that the person made, for good: see `narrow_keys`.
    Raises NotFound, LastOwner, FeatureNotInPlan, Forbidden where an admin would make or touch an owner.
    """
    with serialized():
        membership = find_membership(membership_id)
        role = changes.get("role", membership.role)
        _require_owner_where(Role.OWNER in (role, membership.role), by=by)
        if role != Role.OWNER:
            _require_another_owner(membership)
        if "department_id" in changes:
            membership.department = _department(changes["department_id"])
        membership.role = role
        membership.save(update_fields=["role", "department"])
        narrow_keys(user_id=membership.user_id, role=role)
        data = {"user": membership.user_id, "role": role, "department": membership.department_id}
        record(kind="member.updated", data=data)
        if "tokens" in changes:
            put_quota(scope=QuotaScope.USER, subject_id=membership.user_id, tokens=changes["tokens"])
    return membership


def remove_member(*, membership_id: UUID, by: UUID | None, reason: str = "") -> None:
    """End a membership; the person's keys, invitations and quota end with it. `by` is a member; None is staff.

    Raises NotFound, LastOwner, Forbidden where an admin would remove an owner.
    """
    with serialized():
        membership = find_membership(membership_id)
        _require_owner_where(membership.role == Role.OWNER, by=by)
        _require_another_owner(membership)
        put_quota(scope=QuotaScope.USER, subject_id=membership.user_id, tokens=None)
        end_credentials_here(user_id=membership.user_id, reason=reason or REMOVED)
        membership.delete()
        record(kind="member.removed", data={"user": membership.user_id}, reason=reason)


def leave(*, user: User) -> None:
    """End one's own membership; keys and quota end with it. Raises NotFound, LastOwner."""
    with serialized():
        membership = Membership.objects.filter(user=user).first()
        if membership is None:
            raise NotFound("You are no member here.")
        remove_member(membership_id=membership.id, by=user.pk, reason="left")


def find_membership(membership_id: UUID) -> Membership:
    """Return the organization's membership with its person; raise NotFound for a foreign or unknown id."""
    membership = Membership.objects.select_related("user", "department").filter(id=membership_id).first()
    if membership is None:
        raise NotFound("There is no such member.")
    return membership


def _require_owner_where(owning: bool, *, by: UUID | None) -> None:
    """Let only owners, and staff, do what makes or touches an owner."""
    if owning and by is not None and not Membership.objects.filter(user_id=by, role=Role.OWNER).exists():
        raise Forbidden("Only an owner can make, change or remove an owner.")


def _require_another_owner(membership: Membership) -> None:
    if membership.role != Role.OWNER:
        return
    if not Membership.objects.filter(role=Role.OWNER).exclude(id=membership.id).exists():
        raise LastOwner("This is the organization's last owner. Make somebody else an owner first.")


def _department(department_id: UUID | None) -> Department | None:
    return None if department_id is None else find_department(department_id)
